//! Commands that do one thing and end.

use std::path::Path;

use anyhow::{anyhow, bail};
use dengbu_certlib::chain as events;
use dengbu_register::{rebuild as rebuilding, verify as verifying};
use dengbu_staff::{Grant, NewStaff, RequestContext, Role};

use crate::PlaceArgs;
use crate::stop::Stop;
use crate::workplace::Workplace;

/// Opens the data folder for one piece of work and closes it in order.
pub async fn with_place<T>(
    place: &PlaceArgs,
    work: impl AsyncFnOnce(&Workplace) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut stop = Stop::listen()?;
    let open = Workplace::open(place).await?;
    let done = tokio::select! {
        done = work(&open) => done,
        () = stop.wanted() => Err(anyhow!("命令已中断，没有做完；可以再次运行同一命令")),
    };
    open.close(done).await
}

/// Loads the sample of the three offices and prints what was read, loaded and left out.
pub async fn load_sample(place: &PlaceArgs, source: &Path) -> anyhow::Result<()> {
    require_sample(source)?;
    with_place(place, async |open| load_sample_into(open, source).await).await
}

/// Refuses a folder that is not there, before anything is begun.
pub fn require_sample(source: &Path) -> anyhow::Result<()> {
    if source.is_dir() {
        return Ok(());
    }
    bail!(
        "没有样例文件夹 {}。请用参数指出样例旧数据所在的文件夹",
        source.display()
    )
}

/// The same into an open place.
pub async fn load_sample_into(open: &Workplace, source: &Path) -> anyhow::Result<()> {
    println!("正在读取样例旧数据：{}", source.display());
    let report = dengbu_demo::load_sample(
        &open.store,
        &open.person_key,
        source,
        dengbu_server::state::now(),
    )
    .await?;
    println!("{report}");
    crate::serve::seal(&open.store).await
}

/// Takes a delivery in and puts it into a batch in waiting.
pub async fn load_delivery(args: &crate::intake::LoadArgs) -> anyhow::Result<()> {
    with_place(&args.place, async |open| {
        crate::intake::load(open, args).await
    })
    .await
}

/// Walks all chains.
pub async fn verify(place: &PlaceArgs) -> anyhow::Result<()> {
    with_place(place, async |open| {
        let mut tx = open.store.system().await?;
        let report = verifying::verify(&mut tx).await?;
        println!(
            "共 {} 个不动产单元、{} 条登记簿记录；总链 {} 环，待上链 {} 条",
            report.units, report.entries, report.links, report.unsealed
        );
        let library = events::verify(&mut tx).await?;
        println!(
            "电子证照事件链 {} 环，待上链 {} 条",
            library.links, library.unsealed
        );
        match report.broken.or(library.broken) {
            None => {
                println!("校验通过：全部哈希链完整");
                Ok(())
            }
            Some(broken) => bail!("校验未通过：{broken}"),
        }
    })
    .await
}

/// Makes the projection anew.
pub async fn rebuild(place: &PlaceArgs) -> anyhow::Result<()> {
    with_place(place, async |open| {
        let mut tx = open.store.system().await?;
        let entries = rebuilding::rebuild(&mut tx, &open.person_key).await?;
        tx.commit().await?;
        println!("已由 {entries} 条登记簿记录重建现势权利");
        Ok(())
    })
    .await
}

/// Opens the first account of a post with a random password.
pub async fn first_account(
    place: &PlaceArgs,
    authority: &str,
    role: Role,
    username: &str,
    name: &str,
) -> anyhow::Result<()> {
    with_place(place, async |open| {
        let now = dengbu_server::state::now();
        let password = first_password()?;
        let new = NewStaff {
            authority: authority.to_owned(),
            username: username.to_owned(),
            name: name.to_owned(),
            phone: None,
            office_id: None,
            registrar_licence: None,
            grants: vec![Grant::everywhere(role, authority, now.date_naive())],
        };
        open.accounts
            .bootstrap_staff(&new, &password, true, &RequestContext::at(now))
            .await?;
        println!("已开通 {username}，初始口令：{password}（首次登录须修改）");
        Ok(())
    })
    .await
}

/// Sixteen characters of four classes from the operating system's randomness.
fn first_password() -> anyhow::Result<String> {
    const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let bytes = dengbu_staff::entropy::bytes::<13>(&dengbu_staff::OsEntropy)?;
    let body: String = bytes
        .iter()
        .map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()]))
        .collect();
    Ok(format!("{body}-Q7"))
}
