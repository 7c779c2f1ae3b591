//! Doing the cases of [`crate::months`] as the office does them: through the same doors, at the
//! moments they are told to have happened, so that register, fees and figures agree.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Days, Utc};
use dengbu_cases::automatic::{self, SharedData, Switch};
use dengbu_cases::case::{self, Case};
use dengbu_cases::moves::{self, Promise, Recipient, Request};
use dengbu_cases::open::{self, NewCase};
use dengbu_cases::recording::Tools;
use dengbu_cases::{Doing, NewId, check, draft, fees, hand, promise};
use dengbu_fees::desk::{money, read};
use dengbu_fees::gateway;
use dengbu_fees::order::Method;
use dengbu_law::application::{Application, DeliveryMethod, Detail};
use dengbu_law::catalogue;
use dengbu_law::flow::{Move, Step};
use dengbu_law::materials;
use dengbu_model::party::{CoOwnership, Holder, Party};
use dengbu_model::quantity::Money;
use dengbu_model::right::{MortgageMethod, Officer};
use dengbu_register::person::PersonKey;
use dengbu_register::returns::{self, Mark, ReturnState};
use dengbu_store::{Scope, Store, TenantTx};
use dengbu_takeover::ExistingStock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::DemoError;
use crate::city::date;
use crate::dice::Dice;
use crate::months::{self, Act, Kind, Planned};
use crate::people::{People, bank};

/// The interface over which cases without a person come in; no account.
const CHANNEL: &str = "演示接口";
/// What the shared data of the demonstration come from.
const SOURCE: &str = "演示数据";
/// 2026-01-01 in milliseconds: the moment in the identities of invented work.
const EPOCH_MS: u64 = 1_767_225_600_000;

/// What the last months brought.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Worked {
    /// Cases taken in.
    pub cases: usize,
    /// Register entries made of them.
    pub entries: usize,
}

/// Does the work of the last months at one authority, unless cases are there already.
pub(crate) async fn work(
    store: &Store,
    key: &PersonKey,
    scope: &Scope,
    stock: &ExistingStock,
    authority: &str,
    now: DateTime<Utc>,
) -> Result<Worked, DemoError> {
    let mut tx = store.begin(scope).await?;
    let begun: bool =
        sqlx::query_scalar("select exists (select from registration_case where authority = $1)")
            .bind(authority)
            .fetch_one(tx.conn())
            .await?;
    if begun {
        return Ok(Worked::default());
    }
    let calendar = dengbu_cases::days::calendar(&mut tx, authority).await?;
    let plans = months::cases(stock, authority, &calendar, now);
    let staff = staff(&mut tx, authority).await?;
    let mut settings = promise::settings(&mut tx, authority).await?;
    for kind in [Kind::Mortgage, Kind::Release] {
        let business = catalogue::business(kind.business())
            .ok_or_else(|| DemoError::malformed(kind.business()))?;
        let on = Switch {
            enabled: true,
            after_check_percent: 5,
        };
        automatic::set_switch(&mut tx, authority, business, on).await?;
        settings[automatic::SETTINGS_KEY][kind.business()] = json!(on);
    }
    settings[automatic::TRUSTED_KEY] = json!({ CHANNEL: [SOURCE] });
    let ids = identities(authority);
    let mut desk = Desk {
        tx,
        ids: &ids,
        tools: Tools { person_key: key },
        authority,
        settings,
        staff,
        serials: BTreeMap::new(),
        dice: Dice::new(authority.parse().unwrap_or_default()),
        people: People::default(),
    };
    let mut open: Vec<Option<Case>> = plans.iter().map(|_| None).collect();
    let mut acts: Vec<(DateTime<Utc>, usize, Act)> = Vec::new();
    for (n, plan) in plans.iter().enumerate() {
        acts.extend(plan.course.iter().map(|(at, act)| (*at, n, *act)));
    }
    // as they happened: numbers are drawn in the order of time
    acts.sort_by_key(|(at, n, _)| (*at, *n));
    for (at, n, act) in acts {
        let before = open[n].take();
        open[n] = desk.act(&plans[n], before, at, act).await?;
    }
    let entries: i64 = sqlx::query_scalar(
        "select count(*) from register_entry where authority = $1 and case_no is not null",
    )
    .bind(authority)
    .fetch_one(desk.tx.conn())
    .await?;
    desk.tx.commit().await?;
    Ok(Worked {
        cases: plans.len(),
        entries: usize::try_from(entries).unwrap_or_default(),
    })
}

/// New identities, the same in every database: the city is the same everywhere.
fn identities(authority: &str) -> impl Fn() -> Uuid + Send + Sync + use<> {
    let own: u64 = authority.parse().unwrap_or_default();
    let count = AtomicU64::new(0);
    move || {
        let nth = count.fetch_add(1, Ordering::Relaxed);
        let mut rest = [0; 10];
        rest[..2].copy_from_slice(&[0xD3, 0x46]);
        rest[2..].copy_from_slice(&(own << 40 | nth).to_be_bytes());
        // version 7 bears a moment; that of the invented work is the same for all
        uuid::Builder::from_unix_timestamp_millis(EPOCH_MS, &rest).into_uuid()
    }
}

type Staff = BTreeMap<String, (Uuid, String)>;

/// The demonstration's people by the second part of their user names.
async fn staff(tx: &mut TenantTx, authority: &str) -> Result<Staff, DemoError> {
    let rows: Vec<(String, Uuid, String)> = sqlx::query_as(
        "select substring(username from position('-' in username) + 1), staff_id, name
         from staff where authority = $1",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(u, id, n)| (u, (id, n))).collect())
}

struct Desk<'a> {
    tx: TenantTx,
    ids: NewId<'a>,
    tools: Tools<'a>,
    authority: &'a str,
    settings: Value,
    staff: Staff,
    /// Paper forms used of each letter.
    serials: BTreeMap<char, u32>,
    dice: Dice,
    people: People,
}

impl Desk<'_> {
    fn who(&self, post: &str) -> Result<(Uuid, String), DemoError> {
        let found = self.staff.get(post).cloned();
        found.ok_or_else(|| DemoError::malformed(format!("没有演示账号 {post}")))
    }

    /// Does one thing; gives the case as it then is.
    async fn act(
        &mut self,
        plan: &Planned,
        before: Option<Case>,
        at: DateTime<Utc>,
        act: Act,
    ) -> Result<Option<Case>, DemoError> {
        let Some(case) = before else {
            return self.take(plan, at, act).await.map(Some);
        };
        let post = match (act, case.step) {
            (Act::Resubmit | Act::Withdraw, _) => "reception",
            (Act::Agree | Act::Correct | Act::Claim, Step::FirstReview) => "review1",
            (Act::Record, _) | (Act::Claim, Step::Recording) => "record",
            (Act::Pay, _) => "cashier",
            (Act::Print, _) => "cert",
            (Act::HandOver, _) => "reception2",
            (Act::File, _) => "archive",
            _ => "review",
        };
        let (id, name) = self.who(post)?;
        let doing = by(id, &name, at, self.ids);
        if act == Act::Pay {
            return self.pay(case, &doing).await.map(Some);
        }
        if act == Act::Claim {
            let seen = case.version;
            let claimed = hand::assign(&mut self.tx, &case.case_no, seen, true, &doing).await?;
            return Ok(Some(claimed));
        }
        let request = self.request(&case, act);
        let moved = self.make(&case, &request, &doing).await?;
        if matches!(act, Act::HandOver | Act::File) {
            // whoever comes for the new paper brings the old one
            let mark = Mark {
                state: ReturnState::Returned,
                at: doing.now,
                by: doing.name,
                note: Some("领证时交回"),
            };
            let (county, no) = (&case.county, &case.case_no);
            returns::mark_of_case(&mut self.tx, county, no, &["title", "proof"], &mark).await?;
        }
        Ok(Some(moved))
    }

    fn request(&mut self, case: &Case, act: Act) -> Request {
        let mut request = Request::plain(match act {
            Act::Agree => Move::Agree,
            Act::Correct => Move::Correct,
            Act::Resubmit => Move::Submit,
            Act::Refuse => Move::Refuse,
            Act::Withdraw => Move::Withdraw,
            Act::Record => Move::Record,
            Act::Print => Move::MakeCertificate,
            Act::HandOver => Move::Deliver,
            _ => Move::Archive,
        });
        match act {
            Act::Agree => request.opinion = Some("材料齐全，符合登记条件，同意".to_owned()),
            Act::Correct => request.reason = Some("买卖合同缺少签名页，请补交".to_owned()),
            Act::Refuse => request.reason = Some("申请登记的房屋存在尚未解决的权属争议".to_owned()),
            Act::Withdraw => request.reason = Some("申请人协商一致，要求撤回".to_owned()),
            Act::Print => {
                let letter = if case.business.code == Kind::Sale.business() {
                    'D'
                } else {
                    'Z'
                };
                let used = self.serials.entry(letter).or_default();
                *used += 1;
                request.form_serials = vec![format!("{letter}{}{used:06}", self.authority)];
            }
            Act::HandOver => {
                request.recipient = Some(Recipient {
                    name: draft::holder_names(&case.application),
                    id_number: None,
                    phone: None,
                });
            }
            Act::File => request.archive_no = Some(format!("演示-{}", case.case_no)),
            _ => {}
        }
        request
    }

    async fn make(
        &mut self,
        case: &Case,
        request: &Request,
        doing: &Doing<'_>,
    ) -> Result<Case, DemoError> {
        let promise = Promise {
            committed_days: promise::committed(&self.settings, case.business),
        };
        let (no, seen) = (&case.case_no, case.version);
        Ok(moves::make(
            &mut self.tx,
            &self.tools,
            no,
            seen,
            request,
            &promise,
            doing,
        )
        .await?)
    }

    /// Takes a case in: the application filled, papers as shared data, then accepted, not
    /// accepted, or decided by the rules.
    async fn take(
        &mut self,
        plan: &Planned,
        at: DateTime<Utc>,
        act: Act,
    ) -> Result<Case, DemoError> {
        let post = if self.dice.chance(600) {
            "reception"
        } else {
            "reception2"
        };
        let (id, name) = self.who(post)?;
        let doing = by(id, &name, at, self.ids);
        let new = NewCase {
            business: plan.kind.business().to_owned(),
            units: vec![plan.unit.clone()],
            target_right_id: None,
            authority: self.authority.to_owned(),
            office_id: Some(plan.office.clone()),
            office_authority: self.authority.to_owned(),
            office_name: None,
            source: plan.source.to_owned(),
        };
        let no = open::open(&mut self.tx, &new, &doing).await?;
        let case = case::load(&mut self.tx, &no, false).await?;
        let mut application = case.application.clone();
        self.fill(plan, &mut application, at)?;
        if act == Act::Decide {
            application.delivery_method = DeliveryMethod::Electronic;
        }
        let case = draft::save(&mut self.tx, &no, case.version, application, &doing).await?;
        self.papers(&case, &doing).await?;
        match act {
            Act::Decide => {
                let promise = Promise {
                    committed_days: promise::committed(&self.settings, case.business),
                };
                let (tx, tools) = (&mut self.tx, &self.tools);
                let decided =
                    automatic::decide(tx, tools, &no, &self.settings, &promise, &doing).await?;
                if decided.weighed.granted {
                    Ok(decided.case)
                } else {
                    let unclear = decided.weighed.grounds.into_iter().find(|g| !g.clear);
                    let why = unclear.map(|g| g.finding).unwrap_or_default();
                    Err(DemoError::malformed(format!("{no} 未能自动办结：{why}")))
                }
            }
            Act::TurnAway => {
                let mut request = Request::plain(Move::RejectAcceptance);
                request.reason = Some("申请登记的不动产不属于本机构登记范围".to_owned());
                self.make(&case, &request, &doing).await
            }
            _ => {
                let request = Request::plain(Move::Submit);
                self.make(&case, &request, &doing).await
            }
        }
    }

    /// Every paper that is demanded, as data a department gave.
    async fn papers(&mut self, case: &Case, doing: &Doing<'_>) -> Result<(), DemoError> {
        let states = check::units(&mut self.tx, case).await?;
        let given: Vec<SharedData> =
            materials::checklist(case.business, &case.application, &states, doing.today())
                .into_iter()
                .filter(|c| c.required)
                .map(|c| SharedData {
                    item: c.item.code.clone(),
                    source: SOURCE.to_owned(),
                    reference: format!("示例-{}-{}", case.case_no, c.item.code),
                    data: json!({ "材料": c.item.name, "说明": "虚构的共享数据，仅供演示" }),
                })
                .collect();
        let settings = &self.settings;
        automatic::share(&mut self.tx, case, &given, CHANNEL, settings, doing).await?;
        Ok(())
    }

    async fn pay(&mut self, case: Case, doing: &Doing<'_>) -> Result<Case, DemoError> {
        for order in read::of_case(&mut self.tx, &case.case_no).await? {
            let balance = order.sums().balance();
            if balance.is_zero() {
                continue;
            }
            let taking = money::Taking {
                method: Method::Cash,
                amount: balance,
                channel_no: None,
            };
            let by = fees::doing(&case, doing);
            let (no, seen) = (&order.order_no, order.version);
            money::pay(&mut self.tx, gateway::bills(), no, seen, &taking, &by).await?;
        }
        let promise = Promise {
            committed_days: promise::committed(&self.settings, case.business),
        };
        automatic::resume(&mut self.tx, &case.case_no, &promise, doing).await?;
        Ok(case::load(&mut self.tx, &case.case_no, false).await?)
    }

    /// What the applicants write, by the kind of case.
    fn fill(
        &mut self,
        plan: &Planned,
        application: &mut Application,
        at: DateTime<Utc>,
    ) -> Result<(), DemoError> {
        let today = dengbu_model::time::date_in_shanghai(at);
        let number = self.dice.between(1000, 9999);
        let thousands = self.dice.between(260, 980) * 1000;
        let amount = Money::parse(&thousands.to_string()).map_err(DemoError::malformed)?;
        match &mut application.detail {
            Detail::Transfer(d) => {
                // born by the same day in every run: nobody of the city has these numbers
                let buyer = self.people.adult(&mut self.dice, date(2004, 1, 1));
                application.holders = vec![whole(buyer)];
                d.price = Some(amount);
                d.contract_no = Some(format!("示例网签{number}"));
                d.deed_tax_proof_no = Some(format!("示例契税{number}"));
            }
            Detail::Mortgage(d) => {
                let lender = bank(&mut self.dice, plan.unit.county().as_str());
                application.holders = vec![whole(lender)];
                d.method = MortgageMethod::General;
                d.secured_amount = Some(amount);
                d.term_start = Some(today);
                d.term_end = today.checked_add_days(Days::new(20 * 365));
                d.scope = Some("主债权及利息、违约金和实现抵押权的费用".to_owned());
                d.transfer_restricted = Some(false);
                d.contract_no = Some(format!("示例抵押{number}"));
            }
            Detail::MortgageRelease(d) => d.cause = Some("主债权消灭".to_owned()),
            Detail::Seizure(d) => {
                d.court = "示例市中级人民法院".to_owned();
                d.document = Some("民事裁定书".to_owned());
                d.scope = Some("全部".to_owned());
                let year = chrono::Datelike::year(&today);
                d.document_no = format!("（{year}）示例执{number}号");
                d.start = Some(today);
                d.end = today.checked_add_days(Days::new(3 * 365 - 1));
                d.served_at = Some(at);
                d.officers = ["示例法官甲", "示例法官乙"]
                    .map(|name| Officer {
                        name: name.to_owned(),
                        certificate_no: format!("示例证{number}"),
                    })
                    .to_vec();
            }
            _ => return Err(DemoError::malformed(plan.kind.business())),
        }
        if matches!(plan.kind, Kind::Sale | Kind::Mortgage) {
            application.co_ownership = CoOwnership::Sole;
        }
        Ok(())
    }
}

fn whole(party: Party) -> Holder {
    Holder { party, share: None }
}

fn by<'a>(staff_id: Uuid, name: &'a str, now: DateTime<Utc>, ids: NewId<'a>) -> Doing<'a> {
    Doing {
        staff_id,
        name,
        now,
        ids,
    }
}
