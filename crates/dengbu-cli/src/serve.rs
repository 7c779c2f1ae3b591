//! Starting the platform.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::bail;
use dengbu_server::{App, Config};
use dengbu_store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::ServeArgs;
use crate::stop::Stop;
use crate::workplace::Workplace;

/// How long requests under way may take to end once the program is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until told to stop.
pub async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    if let Some(source) = &args.sample {
        crate::commands::require_sample(source)?;
    }
    // before anything looks into it
    if let Some(folder) = &args.catalogue {
        let count = crate::law::install_catalogue(folder)?;
        println!("业务目录取自 {}：共 {count} 项业务", folder.display());
    }
    // the port first: it is the commonest thing to be wrong, and costs nothing to try
    let address = format!("{}:{}", args.host, args.port);
    let listener = match TcpListener::bind(&address).await {
        Ok(listener) => listener,
        Err(error) => bail!("无法监听 {address}：{}", unbound(&error)),
    };
    let local = listener.local_addr()?;
    println!("正在准备数据库……");
    let place = Workplace::open(&args.place).await?;
    let served = tokio::select! {
        prepared = prepare(&args, &place) => Some(prepared),
        () = stop.wanted() => None,
    };
    let served = match served {
        Some(Ok(accounts)) => {
            announce(local, &accounts);
            run(&args, &place, listener, stop).await
        }
        Some(Err(error)) => Err(error),
        None => Ok(()),
    };
    println!("正在关闭……");
    place.close(served).await
}

/// Why an address cannot be listened on, and what to do.
fn unbound(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "端口已被占用。请关闭占用它的程序，或用 --port 换一个端口".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "本机没有这个地址。请用 --host 换一个地址".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "没有权限使用这个端口。请用 --port 换一个 1024 以上的端口".to_owned()
        }
        _ => format!("请检查 --host 和 --port（{error}）"),
    }
}

async fn run(
    args: &ServeArgs,
    place: &Workplace,
    listener: TcpListener,
    mut stop: Stop,
) -> anyhow::Result<()> {
    let config = Config {
        web_dir: args.web_dir.clone(),
        secure_cookies: args.secure_cookies,
        proxies: args.proxies.clone(),
        demo: args.demo,
        depot: Some(args.place.data.join("given-out")),
        public_host: args.public_host.clone(),
        ..Config::default()
    };
    let config = args.seals.apply(config, &args.place.data)?;
    if args.seals.is_test() && !args.demo {
        println!(
            "电子印章使用测试证书：所签电子证照注明“测试证书”，不具有法律效力（见 --seal-policy）"
        );
    }
    let app = App::new(
        place.store.clone(),
        place.accounts.clone(),
        place.scans.clone(),
        place.person_key.clone(),
        config,
    )
    .with_packages(place.packages.clone());
    let loops = tokio::spawn(dengbu_server::background::run(app.clone()));
    let service = dengbu_server::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (tell, told) = oneshot::channel();
    let server = axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            stop.wanted().await;
            // nobody hears it only when the server has ended already
            let _ = tell.send(());
        })
        .into_future();
    let patience = async {
        let _ = told.await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = server => served,
        () = patience => {
            tracing::warn!("requests that did not end in time are broken off");
            Ok(())
        }
    };
    loops.abort();
    Ok(served?)
}

async fn prepare(
    args: &ServeArgs,
    place: &Workplace,
) -> anyhow::Result<Vec<dengbu_demo::DemoAccount>> {
    let mut accounts = Vec::new();
    if args.demo {
        let seeded = dengbu_demo::seed(
            &place.store,
            &place.owner_url,
            &place.person_key,
            dengbu_server::state::now(),
        )
        .await?;
        if seeded.units > 0 {
            println!(
                "演示城市已装入：{} 个不动产单元，{} 条登记簿记录（人物与产权均为虚构）",
                seeded.units, seeded.entries
            );
        }
        accounts = seeded.accounts;
    }
    if let Some(source) = &args.sample {
        crate::commands::load_sample_into(place, source).await?;
    }
    seal(&place.store).await?;
    Ok(accounts)
}

/// Seals what was loaded, so that the chain is whole before the first request.
pub async fn seal(store: &Store) -> anyhow::Result<()> {
    while dengbu_server::background::seal_all(store).await? > 0 {}
    while dengbu_server::background::seal_library(store).await? > 0 {}
    Ok(())
}

fn announce(local: SocketAddr, accounts: &[dengbu_demo::DemoAccount]) {
    println!();
    println!("登簿已启动：http://{local}/staff/");
    if let Some(first) = accounts.first() {
        println!();
        println!("演示账号（口令都是 {}）：", dengbu_demo::PASSWORD);
        for a in accounts.iter().filter(|a| a.authority == first.authority) {
            println!("  {:<18} {}（{}）", a.username, a.name, a.role);
        }
        println!("  米易县、盐边县的账号把 city 换成 miyi、yanbian");
        for a in accounts
            .iter()
            .filter(|a| a.role == dengbu_staff::Role::Operator)
        {
            println!("  {:<18} {}（{}）", a.username, a.name, a.role);
        }
    }
    println!();
    println!("按 Ctrl+C 停止");
}
