//! Where it is measured: an embedded PostgreSQL, the real server on loopback, accounts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use dengbu_cases::scans::{NoScanner, Scans};
use dengbu_model::time::date_in_shanghai;
use dengbu_register::person::PersonKey;
use dengbu_server::state::now;
use dengbu_server::{App, Config};
use dengbu_staff::policy::SETTINGS_KEY;
use dengbu_staff::{Accounts, AccountsOptions, Grant, NewStaff, RequestContext, Role};
use dengbu_store::{
    AuthorityFile, Engine, EngineConfig, PANZHIHUA, Scope, Store, StoreOptions, seed_authorities,
};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::client::Client;
use crate::options::Options;

/// Connections of the server, as `dengbu serve` has them.
const CONNECTIONS: u32 = 24;

/// Everything that is running.
pub struct Place {
    engine: Engine,
    /// Address of the database for its owner.
    pub owner_url: String,
    /// Address of the database for the server.
    pub app_url: String,
    /// The database as the server has it.
    pub store: Store,
    /// Contents of scanned papers.
    pub scans: Scans,
    /// Key of the person index.
    pub key: PersonKey,
    /// All authorities and counties.
    pub scope: Scope,
    app: App,
    served: Option<Served>,
}

/// The server at work.
#[derive(Debug)]
struct Served {
    address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl Place {
    /// Brings the planner's statistics up to date, as autovacuum does within seconds of a table's
    /// first rows: measured is a register at work, not one that was empty a moment ago.
    ///
    /// # Errors
    /// The database.
    pub async fn analyse(&self) -> Result<()> {
        let mut owner = PgConnection::connect(&self.owner_url).await?;
        sqlx::raw_sql("analyze").execute(&mut owner).await?;
        Ok(owner.close().await?)
    }

    /// Starts the database in the folder.
    ///
    /// # Errors
    /// No PostgreSQL, no room, no rights: in Chinese.
    pub async fn open(options: &Options) -> Result<Place> {
        let folder = &options.folder;
        let mut config = EngineConfig::new(folder.join("database"));
        config.base_dir.clone_from(&options.base_dir);
        config.durable = options.durable;
        if !options.reuse && folder.exists() {
            clear(folder, &config).await?;
        }
        let engine = Engine::start(config).await?;
        let owner_url = engine.owner_url(engine.database());
        Store::migrate(&owner_url).await?;
        let authorities = AuthorityFile::parse(PANZHIHUA)?;
        seed_authorities(&owner_url, &authorities).await?;
        without_second_factor(&owner_url).await?;
        let app_url = engine.app_url(engine.database());
        let (scans, app) = app(&app_url, folder).await?;
        Ok(Place {
            scope: authorities.scope()?,
            engine,
            owner_url,
            app_url,
            store: app.store().clone(),
            scans,
            key: key(),
            app,
            served: None,
        })
    }

    /// Starts the server with its background loops, as `dengbu serve` runs it.
    ///
    /// # Errors
    /// No free port on loopback.
    pub async fn serve(&mut self) -> Result<()> {
        self.served = Some(serve(self.app.clone()).await?);
        Ok(())
    }

    /// Stops everything and, unless told to keep it, removes the data.
    ///
    /// # Errors
    /// The database did not stop.
    pub async fn close(self, options: &Options) -> Result<()> {
        for task in self.served.iter().flat_map(|s| &s.tasks) {
            task.abort();
        }
        self.store.pool().close().await;
        self.engine.stop().await?;
        if !options.keep {
            std::fs::remove_dir_all(&options.folder)?;
        }
        Ok(())
    }

    /// A client signed in as a member of staff of its own, with this role at the authority.
    ///
    /// # Errors
    /// The account or the sign-in was refused.
    pub async fn client(&self, authority: &str, role: Role) -> Result<Client> {
        Ok(self.account(authority, role).await?.0)
    }

    /// A client that the authority trusts to speak for departments and banks (可信通道).
    ///
    /// # Errors
    /// The account or the sign-in was refused.
    pub async fn channel(&self, authority: &str, sources: &[&str]) -> Result<Client> {
        let (client, username) = self.account(authority, Role::Reception).await?;
        let mut owner = PgConnection::connect(&self.owner_url).await?;
        sqlx::query(
            "update authority set settings = settings || jsonb_build_object($2::text,
                 coalesce(settings -> $2, '{}'::jsonb) || jsonb_build_object($3::text, $4::jsonb))
             where authority = $1",
        )
        .bind(authority)
        .bind(dengbu_cases::automatic::TRUSTED_KEY)
        .bind(&username)
        .bind(json!(sources))
        .execute(&mut owner)
        .await?;
        owner.close().await?;
        Ok(client)
    }

    async fn account(&self, authority: &str, role: Role) -> Result<(Client, String)> {
        let at = now();
        let username = format!("bench-{}", &Uuid::now_v7().simple().to_string()[..24]);
        let password = format!("Bench-{}", Uuid::now_v7().simple());
        let new = NewStaff {
            authority: authority.to_owned(),
            username: username.clone(),
            name: "测量员".to_owned(),
            phone: None,
            office_id: None,
            registrar_licence: None,
            grants: vec![Grant::everywhere(role, authority, date_in_shanghai(at))],
        };
        self.app
            .accounts()
            .bootstrap_staff(&new, &password, false, &RequestContext::at(at))
            .await?;
        let served = self.served.as_ref().context("服务尚未启动")?;
        let client = Client::sign_in(served.address, &username, &password).await?;
        Ok((client, username))
    }

    /// Clients signed in at these authorities, one each.
    ///
    /// # Errors
    /// The account or the sign-in was refused.
    pub async fn clients(&self, authorities: &[&str], role: Role) -> Result<Vec<Client>> {
        let mut clients = Vec::with_capacity(authorities.len());
        for authority in authorities {
            clients.push(self.client(authority, role).await?);
        }
        Ok(clients)
    }
}

/// Removes what an earlier run left; a database still running there is stopped first when its
/// program is gone, and left alone when it is not.
async fn clear(folder: &Path, config: &EngineConfig) -> Result<()> {
    if config.data_dir.join("pg/postmaster.pid").exists() {
        Engine::start(config.clone()).await?.stop().await?;
    }
    std::fs::remove_dir_all(folder).with_context(|| format!("无法清空 {}", folder.display()))
}

/// Signing in is not measured: the accounts do without the second factor.
async fn without_second_factor(owner_url: &str) -> Result<()> {
    let mut owner = PgConnection::connect(owner_url).await?;
    sqlx::query(
        "update authority set settings = settings || jsonb_build_object($1::text, $2::jsonb)",
    )
    .bind(SETTINGS_KEY)
    .bind(json!({ "require_totp": false }))
    .execute(&mut owner)
    .await?;
    Ok(owner.close().await?)
}

fn key() -> PersonKey {
    PersonKey::new([7; 32])
}

/// The server as `dengbu serve` sets it up, on a database that is running; it makes electronic
/// certificates and has seals from the start.
///
/// # Errors
/// The database does not answer, or the folder cannot be written.
pub async fn app(url: &str, folder: &Path) -> Result<(Scans, App)> {
    let pool = StoreOptions::default().with_connections_max(CONNECTIONS);
    let store = Store::connect(url, &pool).await?;
    let materials = folder.join("materials");
    std::fs::create_dir_all(&materials)?;
    let scans = Scans::in_folder(&materials, Arc::new(NoScanner))?;
    let accounts = Accounts::new(store.clone(), AccountsOptions::default())?;
    let config = Config {
        demo: true,
        certificate_dir: Some(folder.join("certificates")),
        seal_key_dir: Some(folder.join("keys")),
        ..Config::default()
    };
    let app = App::new(store, accounts, scans.clone(), key(), config);
    Ok((scans, app))
}

async fn serve(app: App) -> Result<Served> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let loops = tokio::spawn(dengbu_server::background::run(app.clone()));
    let service = dengbu_server::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move {
        // ends only with the program
        let _ = axum::serve(listener, service).await;
    });
    Ok(Served {
        address,
        tasks: [loops, serving],
    })
}

/// The folder of the repository's build products, found from the running program.
#[must_use]
pub fn target_folder() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| {
            program
                .ancestors()
                .find(|folder| folder.join("CACHEDIR.TAG").is_file())
                .map(Path::to_path_buf)
        })
        .unwrap_or_else(|| PathBuf::from("target"))
}
