//! Opening the place where the data is: embedded database or a given one, keys, scans.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use dengbu_cases::scans::{NoScanner, Scans};
use dengbu_intake::packages::Packages;
use dengbu_register::person::PersonKey;
use dengbu_staff::{Accounts, AccountsOptions, SecretsKey};
use dengbu_store::{
    AuthorityFile, Engine, EngineConfig, PANZHIHUA, Store, StoreOptions, io_reason,
    seed_authorities,
};

use crate::PlaceArgs;

/// An open place of work.
pub struct Workplace {
    engine: Option<Engine>,
    /// Address of the database for its owner.
    pub owner_url: String,
    /// The database as the server's role.
    pub store: Store,
    /// Staff accounts.
    pub accounts: Accounts,
    /// Contents of scanned papers.
    pub scans: Scans,
    /// Contents of data delivered by older systems.
    pub packages: Packages,
    /// Key of the person index.
    pub person_key: PersonKey,
}

impl Workplace {
    /// Opens the data folder: starts the embedded database unless `DATABASE_URL` names
    /// another, brings its schema up to date, and loads or makes the keys. When that fails, no
    /// database is left running.
    pub async fn open(place: &PlaceArgs) -> anyhow::Result<Self> {
        let data = place.data.as_path();
        create_folder(data)?;
        if let Ok(app_url) = std::env::var("DATABASE_URL") {
            let Ok(owner_url) = std::env::var("DENGBU_OWNER_URL") else {
                bail!(
                    "已设置 DATABASE_URL，还需要用 DENGBU_OWNER_URL 给出数据库属主的地址，用于升级表结构"
                );
            };
            return Self::of(data, owner_url, &app_url).await.context(
                "无法使用 DATABASE_URL、DENGBU_OWNER_URL 所指的数据库，请确认它已启动、地址和口令正确",
            );
        }
        let engine = Engine::start(EngineConfig::new(data.join("database"))).await?;
        let owner_url = engine.owner_url(engine.database());
        let app_url = engine.app_url(engine.database());
        match Self::of(data, owner_url, &app_url).await {
            Ok(place) => Ok(Self {
                engine: Some(engine),
                ..place
            }),
            Err(error) => end(engine, Err(error)).await,
        }
    }

    /// The place whose database runs.
    async fn of(data: &Path, owner_url: String, app_url: &str) -> anyhow::Result<Self> {
        Store::migrate(&owner_url).await?;
        seed_authorities(&owner_url, &AuthorityFile::parse(PANZHIHUA)?).await?;
        let store =
            Store::connect(app_url, &StoreOptions::default().with_connections_max(24)).await?;
        let accounts = accounts(&store, data).await?;
        let scans = data.join("materials");
        create_folder(&scans)?;
        let packages = data.join("packages");
        create_folder(&packages)?;
        Ok(Self {
            person_key: PersonKey::new(key(data, "person-index.key")?),
            packages: Packages::in_folder(&packages)?,
            scans: Scans::in_folder(&scans, Arc::new(NoScanner))?,
            accounts,
            owner_url,
            store,
            engine: None,
        })
    }

    /// Closes everything, the embedded database in order, and passes on what was done here.
    pub async fn close<T>(self, done: anyhow::Result<T>) -> anyhow::Result<T> {
        self.store.pool().close().await;
        match self.engine {
            Some(engine) => end(engine, done).await,
            None => done,
        }
    }
}

/// Stops the engine. A full disk is named before whatever else failed because of it.
async fn end<T>(engine: Engine, done: anyhow::Result<T>) -> anyhow::Result<T> {
    let full = engine.full_disk();
    let stopped = engine.stop().await;
    match (done, full, stopped) {
        (Ok(done), _, Ok(())) => Ok(done),
        (Ok(_), _, Err(error)) => Err(error.into()),
        (Err(_), Some(full), _) => Err(full.into()),
        (Err(error), None, stopped) => {
            if let Err(error) = stopped {
                tracing::warn!(%error, "the database did not stop");
            }
            Err(error)
        }
    }
}

fn create_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).map_err(|error| {
        anyhow!(
            "无法建立文件夹 {}：{}。请检查路径、权限和磁盘空间，或换一个数据文件夹",
            path.display(),
            io_reason(&error)
        )
    })
}

/// The accounts, with the key of second-factor secrets; secrets from before there was a key are
/// sealed. Losing the key means that everyone must bind their authenticator anew.
async fn accounts(store: &Store, data: &Path) -> anyhow::Result<Accounts> {
    let options = AccountsOptions {
        secrets_key: Some(SecretsKey::new(key(data, "second-factor.key")?)),
        ..AccountsOptions::default()
    };
    let accounts = Accounts::new(store.clone(), options)?;
    accounts
        .seal_plain_secrets()
        .await
        .context("动态码密钥加密失败")?;
    Ok(accounts)
}

/// A key of the data folder, made on first use, readable by its owner alone. Losing the key of
/// the person index means only that the projection must be rebuilt with a new one
/// (`dengbu register rebuild`).
fn key(data: &Path, name: &str) -> anyhow::Result<[u8; 32]> {
    let folder: PathBuf = data.join("keys");
    create_folder(&folder)?;
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(_) if fs::metadata(&path)?.permissions().mode() & 0o077 != 0 => bail!(
            "密钥文件 {0} 可以被其他用户读取，请先运行 chmod 600 {0}",
            path.display()
        ),
        Ok(bytes) => match bytes.try_into() {
            Ok(key) => Ok(key),
            Err(_) => bail!(
                "密钥文件 {} 已损坏（应为 32 字节），请从备份恢复",
                path.display()
            ),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let key = dengbu_staff::entropy::bytes::<32>(&dengbu_staff::OsEntropy)?;
            keep(&path, &key).with_context(|| format!("无法写入密钥文件 {}", path.display()))?;
            Ok(key)
        }
        Err(e) => Err(e).with_context(|| format!("无法读取密钥文件 {}", path.display())),
    }
}

/// Writes a new key file, whole or not at all: half a key would be taken for a damaged one.
fn keep(path: &Path, key: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}
