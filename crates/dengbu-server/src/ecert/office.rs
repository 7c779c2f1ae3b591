//! Who makes, copies and checks the files of electronic certificates.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_certlib::files::{self, NewCopy, Packs};
use dengbu_certlib::record::ECertificate;
use dengbu_certlib::seals::{self, Purpose, Seal};
use dengbu_certlib::secret::sm3;
use dengbu_certlib::{LibraryKey, State, status_list as kept_states};
use dengbu_ecert::key_set::{IssuerKey, KeySet, SignedKeySet};
use dengbu_ecert::layout::{Mark as PageMark, Order, Press, document};
use dengbu_ecert::status_list::{Status, StatusList};
use dengbu_ecert::{Content, metadata};
use dengbu_gm::{Certificate, Signer, Trust};
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::Mask;
use dengbu_register::person::PersonKey;
use dengbu_store::TenantTx;
use uuid::Uuid;

use super::check;
use super::facts::{self, Hindrance, PlanCache, Work};
use super::make::{self, Bench};
use super::sealing::{Passphrase, SealPolicy};
use super::vault::{Desk, Vault};
use super::verdict::Verdict;
use crate::api::ecert::views::{FieldView, FileFormat, hex};
use crate::problem::Problem;
use crate::state::{App, Config, new_id};

/// Fields that name persons: masked for whoever is not entitled.
const NAMES: [&str; 3] = ["CZZT", "KZ_QLR", "KZ_YWR"];
/// Fields that whoever is not entitled does not see: numbers, and free text that may name persons.
const HIDDEN: [&str; 7] = [
    "CZZTDM",
    "KZ_QT",
    "KZ_FJ",
    "KZ_QLQTZK",
    "KZ_CXSQ",
    "KZ_CXNR",
    "KZ_CYM",
];
/// How long a signed status list is given out before it is made anew.
const LIST_KEPT: TimeDelta = TimeDelta::minutes(1);
/// By when the next status list is expected.
const LIST_NEXT: TimeDelta = TimeDelta::days(1);
/// Where the public reaches the platform when nothing was said.
const HOST: &str = "LOCALHOST:7070";

/// The office that seals.
#[derive(Debug)]
pub struct Office {
    keys: Option<PathBuf>,
    policy: SealPolicy,
    passphrase: Option<Passphrase>,
    packs: Option<Packs>,
    host: String,
    person: PersonKey,
    vault: Mutex<Option<Arc<Vault>>>,
    lists: Mutex<BTreeMap<String, (DateTime<Utc>, Vec<u8>)>>,
}

/// What a copy says of its purpose.
#[derive(Debug, Clone)]
pub struct Mark<'a> {
    /// For whom.
    pub grantee: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// Until when.
    pub valid_until: NaiveDate,
    /// Who has it made.
    pub maker: &'a str,
    /// The grant.
    pub grant_id: Option<Uuid>,
    /// The program of others.
    pub application_id: Option<Uuid>,
    /// When.
    pub now: DateTime<Utc>,
}

fn not_set_up() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "no_seal",
        "本平台还没有配置电子印章，暂时不能制作或查验电子证照文件",
    )
    .detail("请系统管理员在“电子印章”中制作印章。")
}

fn unsealed(c: &ECertificate) -> Problem {
    let text = match &c.fault {
        Some(fault) => format!("证照还没有制作成功：{fault}"),
        None => "证照正在制作，请稍后再试".to_owned(),
    };
    Problem::new(StatusCode::CONFLICT, "not_sealed", text)
}

impl From<Hindrance> for Problem {
    fn from(h: Hindrance) -> Self {
        match h {
            Hindrance::Fault { code, text } => Problem::new(StatusCode::CONFLICT, code, text),
            Hindrance::Failed(problem) => *problem,
        }
    }
}

impl Office {
    /// The office as the operator set it up.
    #[must_use]
    pub fn of(config: &Config, person: &PersonKey) -> Self {
        let key = LibraryKey::of(person);
        let packs = config.certificate_dir.as_deref().and_then(|folder| {
            Packs::in_folder(folder, key)
                .inspect_err(|error| tracing::error!(%error, "folder of certificates"))
                .ok()
        });
        Self {
            keys: config.seal_key_dir.clone(),
            policy: config.seal_policy.clone(),
            passphrase: config.seal_passphrase.clone(),
            packs,
            host: config
                .public_host
                .clone()
                .unwrap_or_else(|| HOST.to_owned()),
            person: person.clone(),
            vault: Mutex::default(),
            lists: Mutex::default(),
        }
    }

    /// Name under which the public reaches this platform.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.clone()
    }

    /// Files of certificates.
    ///
    /// # Errors
    /// 503 when no folder was set.
    pub fn packs(&self) -> Result<&Packs, Problem> {
        self.packs.as_ref().ok_or_else(not_set_up)
    }

    /// Keys and seals; founded on first use.
    ///
    /// # Errors
    /// 503 when no folder was set or the key store cannot be used.
    pub fn vault(&self) -> Result<Arc<Vault>, Problem> {
        let mut vault = self.vault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*vault {
            return Ok(open.clone());
        }
        let folder = self.keys.as_ref().ok_or_else(not_set_up)?;
        let made = Vault::open(
            folder,
            (&self.policy, self.passphrase.as_ref()),
            &self.person,
            "攀枝花市",
            crate::state::now(),
        )?;
        let made = Arc::new(made);
        *vault = Some(made.clone());
        Ok(made)
    }

    /// Whether a test authority vouches for the seals.
    #[must_use]
    pub fn trial(&self) -> bool {
        self.vault().is_ok_and(|vault| vault.trial())
    }

    /// What an authority seals with.
    ///
    /// # Errors
    /// 503 when it has no seal.
    pub async fn desk(
        &self,
        tx: &mut TenantTx,
        authority: &str,
        purpose: Purpose,
    ) -> Result<Arc<Desk>, Problem> {
        let vault = self.vault()?;
        vault.desk(tx, authority, purpose).await
    }

    /// Whom files are judged by.
    ///
    /// # Errors
    /// 503 without a key store.
    pub fn trust(&self, now: DateTime<Utc>) -> Result<Arc<Trust>, Problem> {
        self.vault()?.trust(now)
    }

    /// 元数据 of a sealed certificate; none before it is sealed. `masked`: without what only the
    /// holder and those entitled may see.
    ///
    /// # Errors
    /// A content that cannot be read.
    pub fn fields(
        &self,
        c: &ECertificate,
        key: &LibraryKey,
        masked: bool,
    ) -> Result<Vec<FieldView>, Problem> {
        let Some(content) = content(c, key)? else {
            return Ok(Vec::new());
        };
        Ok(metadata::entries(&content)
            .into_iter()
            .filter(|e| !masked || !HIDDEN.contains(&e.code))
            .map(|e| FieldView {
                code: e.code.to_owned(),
                name: e.zh.to_owned(),
                value: if masked && NAMES.contains(&e.code) {
                    Mask::Masked.free_name(&e.value)
                } else {
                    e.value
                },
            })
            .collect())
    }

    /// The sealed file of a certificate. The PDF copy is made when it is first asked for.
    ///
    /// # Errors
    /// 409 before it is sealed, 503 without a seal.
    pub async fn original(
        &self,
        app: &App,
        tx: &mut TenantTx,
        c: &ECertificate,
        format: FileFormat,
    ) -> Result<Vec<u8>, Problem> {
        if c.sealed_at.is_none() {
            return Err(unsealed(c));
        }
        let packs = self.packs()?.clone();
        if let Some(stored) = files::find(tx, c, format.code()).await? {
            let read = tokio::task::spawn_blocking(move || packs.get(&stored)).await;
            return Ok(read.map_err(|e| Problem::internal(&e))??);
        }
        let now = crate::state::now();
        let made = self.draw(app, tx, c, format, PageMark::None, now).await?;
        let stored = packs.put(&[&made])?;
        if let Some(stored) = stored.first() {
            files::keep_new(tx, c, format.code(), stored, now).await?;
        }
        Ok(made)
    }

    /// How a certificate will look, or looks: as PDF without signature, marked as a preview.
    ///
    /// # Errors
    /// 409 when its content does not allow it.
    pub async fn preview(
        &self,
        _app: &App,
        tx: &mut TenantTx,
        c: &ECertificate,
    ) -> Result<Vec<u8>, Problem> {
        let names = crate::gather::names(tx).await?;
        let work = facts::work(tx, c, &names, &mut PlanCache::default()).await?;
        let press = Press::standard().map_err(|e| Problem::internal(&e))?;
        let order = Order {
            content: &work.content,
            qr: None,
            plans: &work.plans,
            mark: &PageMark::Preview,
            trial: self.trial(),
        };
        let composed = press
            .compose(&order)
            .map_err(|e| Problem::new(StatusCode::CONFLICT, "content", e.to_string()))?;
        let today = date_in_shanghai(crate::state::now());
        let drawn = document(&work.content, composed, today, &[]);
        make::plain_pdf(&drawn).map_err(Problem::from)
    }

    /// A copy for a purpose (加注件), drawn and sealed anew; its digest is kept.
    ///
    /// # Errors
    /// 503 without a seal.
    pub async fn copy(
        &self,
        app: &App,
        tx: &mut TenantTx,
        c: &ECertificate,
        format: FileFormat,
        mark: &Mark<'_>,
    ) -> Result<Vec<u8>, Problem> {
        if c.sealed_at.is_none() {
            return Err(unsealed(c));
        }
        let printed = PageMark::Copy {
            grantee: mark.grantee.to_owned(),
            purpose: mark.purpose.to_owned(),
            valid_until: Some(mark.valid_until.format("%Y年%m月%d日").to_string()),
        };
        let made = self.draw(app, tx, c, format, printed, mark.now).await?;
        let copy = NewCopy {
            copy_id: new_id(),
            format: format.code(),
            maker: mark.maker,
            grantee: mark.grantee,
            purpose: mark.purpose,
            valid_until: mark.valid_until,
            sm3: sm3(&made),
            size: made.len(),
            grant_id: mark.grant_id,
            application_id: mark.application_id,
            now: mark.now,
        };
        files::note_copy(tx, c, &copy).await?;
        Ok(made)
    }

    /// Draws a certificate from its kept content and seals it with the seal of now.
    async fn draw(
        &self,
        app: &App,
        tx: &mut TenantTx,
        c: &ECertificate,
        format: FileFormat,
        mark: PageMark,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, Problem> {
        let key = app.library_key();
        let Some(content) = content(c, &key)? else {
            return Err(unsealed(c));
        };
        let plans = match &c.unit_code {
            Some(unit_code) if c.kind == "title" => facts::plans(tx, unit_code).await?,
            _ => Vec::new(),
        };
        let work = Work {
            content,
            plans,
            list_index: u32::try_from(c.list_index).unwrap_or(0),
            issued_on: date_in_shanghai(c.issued_at),
        };
        let dead = matches!(c.state(), State::Replaced | State::Revoked);
        let mark = if dead && mark == PageMark::None {
            PageMark::Dead
        } else {
            mark
        };
        let desk = self.desk(tx, &c.authority, Purpose::of(c)).await?;
        let (vault, trust, host) = (self.vault()?, self.trust(now)?, self.host());
        let done = tokio::task::spawn_blocking(move || {
            let bench = Bench {
                vault: &vault,
                desk: &desk,
                trust: &trust,
                host: &host,
                now,
            };
            match format {
                FileFormat::Ofd => make::seal(&bench, &work, &mark),
                FileFormat::Pdf => make::pdf(&bench, &work, &mark),
            }
        })
        .await;
        Ok(done.map_err(|e| Problem::internal(&e))??)
    }

    /// Checks what stands in a code.
    ///
    /// # Errors
    /// A database error.
    pub async fn check_code(
        &self,
        _app: &App,
        tx: &mut TenantTx,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Problem> {
        Ok(check::code(tx, text, now).await?.of_trial(self.trial()))
    }

    /// Checks a file.
    ///
    /// # Errors
    /// A database error.
    pub async fn check_file(
        &self,
        app: &App,
        tx: &mut TenantTx,
        file: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Problem> {
        let trust = self.trust(now)?;
        let said = check::file(tx, file, trust, &app.library_key(), now).await?;
        Ok(said.of_trial(self.trial()))
    }

    /// The keys that codes and status lists are signed with, signed by the root.
    ///
    /// # Errors
    /// 503 without a key store.
    pub async fn key_set(
        &self,
        tx: &mut TenantTx,
        now: DateTime<Utc>,
    ) -> Result<SignedKeySet, Problem> {
        let authorities = dengbu_store::authority_list::list(tx).await?;
        let keys = seals::list(tx)
            .await?
            .into_iter()
            .filter_map(|s| {
                let certificate = Certificate::from_der(&s.code_certificate).ok()?;
                let own = authorities.iter().find(|a| a.authority == s.authority)?;
                let from = date_in_shanghai(certificate.not_before());
                let to = s.ended_at.unwrap_or_else(|| certificate.not_after());
                Some(IssuerKey {
                    authority: s.authority.clone(),
                    authority_name: own.name.clone(),
                    number_place: ["川".to_owned(), own.place_name.clone()],
                    key_id: u8::try_from(s.key_id).ok()?,
                    public_key: hex(&certificate.key().to_point()),
                    from,
                    to: date_in_shanghai(to),
                    revoked_on: (s.state == "revoked")
                        .then(|| date_in_shanghai(s.ended_at.unwrap_or(now))),
                })
            })
            .collect();
        let set = KeySet {
            number: u32::try_from(now.timestamp() / 60).unwrap_or(0),
            made_on: date_in_shanghai(now),
            keys,
        };
        let root = self.vault()?.root()?;
        let point = root.certificate().key().to_point();
        set.sign(&point, |bytes| {
            root.sign(bytes).map(dengbu_gm::Signature::to_raw)
        })
        .map_err(|e| Problem::internal(&e))
    }

    /// The signed status list of an authority.
    ///
    /// # Errors
    /// 404 for no authority, 503 when it has no seal.
    pub async fn status_list(
        &self,
        tx: &mut TenantTx,
        authority: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, Problem> {
        let lists = || self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, list)) = lists().get(authority)
            && now - *made < LIST_KEPT
        {
            return Ok(list.clone());
        }
        let known = dengbu_store::authority_list::list(tx).await?;
        if !known.iter().any(|a| a.authority == authority) {
            return Err(Problem::not_found("没有这个登记机构"));
        }
        let desk = self.desk(tx, authority, Purpose::Registration).await?;
        let (count, ended) = kept_states::read(tx, authority).await?;
        let seconds = |at: DateTime<Utc>| u64::try_from(at.timestamp()).unwrap_or(0);
        let mut list = StatusList::new(
            authority.parse().unwrap_or(0),
            desk.key_id,
            u32::try_from(now.timestamp() / 60).unwrap_or(0),
            seconds(now),
            seconds(now + LIST_NEXT),
            count,
        );
        for (at, state) in ended {
            list.set(at, Status::of(state));
        }
        let signed = list
            .sign(|bytes| desk.code.sign(bytes).map(dengbu_gm::Signature::to_raw))
            .map_err(|e| Problem::internal(&e))?;
        lists().insert(authority.to_owned(), (now, signed.clone()));
        Ok(signed)
    }

    /// Makes a seal for an authority and puts it into use.
    ///
    /// # Errors
    /// 503 without a key store.
    pub async fn make_seal(
        &self,
        tx: &mut TenantTx,
        authority: &str,
        (name, purpose): (&str, Purpose),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Seal, Problem> {
        let names = crate::gather::names(tx).await?;
        let vault = self.vault()?;
        let own = names.authority(authority);
        vault
            .make_seal(tx, (authority, &own), (name, purpose), by, now)
            .await
    }

    /// Revokes the keys of a seal.
    ///
    /// # Errors
    /// 503 without a key store.
    pub fn revoke_keys(&self, seal: &Seal, now: DateTime<Utc>) -> Result<(), Problem> {
        self.vault()?.revoke(seal, now)
    }
}

/// The content of a sealed certificate.
pub(crate) fn content(c: &ECertificate, key: &LibraryKey) -> Result<Option<Content>, Problem> {
    let Some(stored) = &c.content else {
        return Ok(None);
    };
    let plain = key.open(&c.about_content(), stored)?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(|e| Problem::internal(&e))
}
