//! Bulk issue of electronic certificates from the command line: goes on where an interrupted run
//! stopped.

use std::time::Instant;

use anyhow::{anyhow, bail};
use dengbu_certlib::batch::{self, NewBatch};
use dengbu_certlib::seals;
use dengbu_server::ecert::work;
use dengbu_server::state::{new_id, now};
use dengbu_server::{App, Config};

use crate::PlaceArgs;
use crate::commands::with_place;
use crate::seals::SealArgs;
use crate::workplace::Workplace;

/// What is issued.
#[derive(Debug, Clone, clap::Args)]
pub struct StockArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// 登记机构代码
    #[arg(long)]
    pub authority: String,
    /// 批次名称
    #[arg(long, default_value = "存量签发")]
    pub name: String,
    /// 只检查、不签发：列出不能制证的原因
    #[arg(long)]
    pub dry_run: bool,
    /// 最多签发的件数
    #[arg(long)]
    pub limit: Option<i64>,
    /// 公众访问本平台的主机名，写进二维码
    #[arg(long, value_name = "HOST")]
    pub public_host: Option<String>,
    #[command(flatten)]
    pub seals: SealArgs,
}

fn app(open: &Workplace, args: &StockArgs) -> anyhow::Result<App> {
    let config = Config {
        public_host: args.public_host.clone(),
        ..Config::default()
    };
    let config = args.seals.apply(config, &args.place.data)?;
    Ok(App::new(
        open.store.clone(),
        open.accounts.clone(),
        open.scans.clone(),
        open.person_key.clone(),
        config,
    ))
}

/// Issues certificates for the rights that stand in the register and have none; a batch that was
/// interrupted is taken up again.
pub async fn issue_stock(args: &StockArgs) -> anyhow::Result<()> {
    with_place(&args.place, async |open| {
        let app = app(open, args)?;
        let mut tx = open.store.system().await?;
        let own = dengbu_store::authority_list::list(&mut tx)
            .await?
            .into_iter()
            .find(|a| a.authority == args.authority)
            .ok_or_else(|| anyhow!("没有登记机构 {}", args.authority))?;
        let unfinished = batch::list(&mut tx, &args.authority, None, 50)
            .await?
            .into_iter()
            .find(|b| matches!(b.state.as_str(), "collecting" | "running" | "paused"));
        let work_on = match unfinished {
            Some(b) if b.state == "paused" => {
                bail!("批次“{}”已暂停，请在工作台继续或取消它", b.name)
            }
            Some(b) => {
                println!(
                    "继续批次“{}”：已完成 {} 件",
                    b.name,
                    b.done + b.skipped + b.failed
                );
                b
            }
            None => {
                let new = NewBatch {
                    authority: &args.authority,
                    name: &args.name,
                    dry_run: args.dry_run,
                    counties: own.counties.into_iter().map(|c| c.county).collect(),
                    kind: None,
                    items_max: args.limit,
                    by: "命令行",
                    staff_id: None,
                };
                batch::begin(&mut tx, &new, now(), &new_id).await?
            }
        };
        if seals::active(&mut tx, &args.authority, seals::Purpose::Registration)
            .await?
            .is_none()
        {
            bail!(
                "登记机构 {} 没有在用的电子印章，请先在工作台制作",
                args.authority
            );
        }
        tx.commit().await?;
        run(&app, &args.authority, work_on.batch_id).await
    })
    .await
}

async fn run(app: &App, authority: &str, batch_id: uuid::Uuid) -> anyhow::Result<()> {
    let mut told = Instant::now();
    loop {
        let more = work::batch_step(app, Some(batch_id))
            .await
            .map_err(|p| anyhow!("{}", p.title))?;
        let mut tx = app.store().system().await?;
        let b = batch::one(&mut tx, authority, batch_id).await?;
        let through = b.done + b.skipped + b.failed;
        if told.elapsed().as_secs() >= 2 || !more {
            told = Instant::now();
            let rate = if b.busy_ms > 0 {
                through * 1000 / b.busy_ms
            } else {
                0
            };
            println!(
                "{through}/{} 件，失败 {}，每秒 {rate} 件",
                b.total, b.failed
            );
        }
        if more {
            continue;
        }
        println!(
            "完成：签发 {} 件，跳过 {} 件，不能制证 {} 件",
            b.done, b.skipped, b.failed
        );
        for (code, count) in batch::fault_counts(&mut tx, &b).await? {
            println!("  {code}：{count} 件");
        }
        return Ok(());
    }
}
