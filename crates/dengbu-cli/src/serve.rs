//! Starting the platform.

use std::net::SocketAddr;

use anyhow::Context;
use dengbu_server::{App, Config};
use dengbu_store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::ServeArgs;
use crate::workplace::Workplace;

/// Serves until told to stop.
pub async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    // the port first: it is the commonest thing to be wrong, and costs nothing to try
    let address = format!("{}:{}", args.host, args.port);
    let listener = TcpListener::bind(&address).await.with_context(|| {
        format!("无法监听 {address}：端口可能已被占用。请关闭占用它的程序，或用 --port 换一个端口")
    })?;
    let local = listener.local_addr()?;
    println!("正在准备数据库……");
    let place = Workplace::open(&args.place).await?;
    let served = run(&args, &place, listener, local).await;
    println!("正在关闭……");
    place.close().await?;
    served
}

async fn run(
    args: &ServeArgs,
    place: &Workplace,
    listener: TcpListener,
    local: SocketAddr,
) -> anyhow::Result<()> {
    let accounts = prepare(args, place).await?;
    let config = Config {
        web_dir: args.web_dir.clone(),
        secure_cookies: args.secure_cookies,
        demo: args.demo,
    };
    let app = App::new(
        place.store.clone(),
        place.accounts.clone(),
        place.scans.clone(),
        place.person_key.clone(),
        config,
    );
    let loops = tokio::spawn(dengbu_server::background::run(app.clone()));
    announce(local, &accounts);
    let service = dengbu_server::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stopped())
        .await?;
    loops.abort();
    Ok(())
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
    }
    println!();
    println!("按 Ctrl+C 停止");
}

async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
