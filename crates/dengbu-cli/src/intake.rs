//! `dengbu fusion load`: a delivery taken in, run and put into a batch in waiting. Publishing is
//! for a person of the authority, in the workbench.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use dengbu_intake::packages::SIZE_MAX;
use dengbu_intake::run::{self, Over};
use dengbu_intake::work::{Worker, scope_of};
use dengbu_intake::{Doing, batch, results, source};
use dengbu_server::state::{new_id, now};
use dengbu_store::Scope;
use uuid::Uuid;

use crate::PlaceArgs;
use crate::workplace::Workplace;

/// Who stands as having prepared what this command prepares.
const OPERATOR: &str = "命令行装载";

/// 装载什么
#[derive(Args)]
pub struct LoadArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// 登记机构代码（如 510421）
    #[arg(long)]
    authority: String,
    /// 数据源代号（如 b-miyi）；没有则新建
    #[arg(long)]
    source: String,
    /// 数据包：ZIP 或单个文件
    #[arg(long)]
    file: PathBuf,
}

/// Takes the delivery in, runs it, opens a batch, and says how it stands.
pub async fn load(open: &Workplace, args: &LoadArgs) -> anyhow::Result<()> {
    let authority = args.authority.as_str();
    let (scope, counties) = scope_of(&open.store, authority).await?;
    if counties.is_empty() {
        bail!("没有登记机构 {authority}，请核对代码");
    }
    let worker = Worker {
        store: open.store.clone(),
        packages: open.packages.clone(),
        key: open.person_key.clone(),
        engine: std::sync::Arc::new(dengbu_intake::fusion::Fusion),
        now,
        ids: new_id,
    };
    let doing = Doing {
        authority,
        staff_id: Uuid::nil(),
        name: OPERATOR,
        now: now(),
        ids: &new_id,
    };
    let run_id = take_in(&worker, &scope, args, &doing).await?;
    println!("正在运行……");
    work(&worker).await?;
    let mut tx = open.store.begin(&scope).await?;
    let done = run::one(&mut tx, authority, run_id).await?;
    if done.state != "done" {
        bail!("运行没有完成：{}", done.error.unwrap_or_default());
    }
    for t in results::tables(&mut tx, authority, run_id).await? {
        println!(
            "{}：源数据 {} 行，可入库 {}，合并 {}，待核对 {}，退回 {}",
            t.table_name, t.read, t.accepted, t.merged, t.doubtful, t.rejected
        );
    }
    let opened = batch::open(&mut tx, run_id, &doing).await?;
    tx.commit().await?;
    work(&worker).await?;
    let mut tx = open.store.begin(&scope).await?;
    let prepared = batch::one(&mut tx, authority, &opened.batch_no, false).await?;
    println!(
        "入库批次 {} 已装载 {} 个不动产单元，尚未发布。请在工作台“入库批次”中复核后发布",
        prepared.batch_no, prepared.units_total
    );
    Ok(())
}

async fn take_in(
    worker: &Worker,
    scope: &Scope,
    args: &LoadArgs,
    doing: &Doing<'_>,
) -> anyhow::Result<Uuid> {
    let name = file_name(&args.file)?;
    let body = parts::stream(&args.file)?;
    let kept = worker.packages.take(&name, body, SIZE_MAX).await?;
    let mut tx = worker.store.begin(scope).await?;
    if source::one(&mut tx, doing.authority, &args.source)
        .await
        .is_err()
    {
        source::create(&mut tx, &args.source, &args.source, doing).await?;
    }
    let package = source::deliver(&mut tx, &args.source, &name, &kept, doing).await?;
    let asked = run::ask(&mut tx, Over::Package(package.package_id), doing).await?;
    tx.commit().await?;
    Ok(asked.run_id)
}

fn file_name(path: &Path) -> anyhow::Result<String> {
    match path.file_name() {
        Some(name) if path.is_file() => Ok(name.to_string_lossy().into_owned()),
        _ => bail!("没有文件 {}，请核对路径", path.display()),
    }
}

async fn work(worker: &Worker) -> anyhow::Result<()> {
    while worker.once().await? {}
    Ok(())
}

/// A file as the parts in which it is read.
mod parts {
    use std::io::Read;
    use std::path::Path;

    /// Parts of a megabyte.
    pub fn stream(
        path: &Path,
    ) -> anyhow::Result<impl futures_util::Stream<Item = std::io::Result<Vec<u8>>>> {
        let mut file = std::fs::File::open(path)?;
        Ok(futures_util::stream::iter(std::iter::from_fn(move || {
            let mut part = vec![0; 1024 * 1024];
            match file.read(&mut part) {
                Ok(0) => None,
                Ok(n) => {
                    part.truncate(n);
                    Some(Ok(part))
                }
                Err(e) => Some(Err(e)),
            }
        })))
    }
}
