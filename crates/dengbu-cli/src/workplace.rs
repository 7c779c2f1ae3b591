//! Opening the place where the data is: embedded database or a given one, keys, scans.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use dengbu_cases::scans::{NoScanner, Scans};
use dengbu_register::person::PersonKey;
use dengbu_staff::{Accounts, AccountsOptions};
use dengbu_store::{
    AuthorityFile, Engine, EngineConfig, PANZHIHUA, Store, StoreOptions, seed_authorities,
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
    /// Key of the person index.
    pub person_key: PersonKey,
}

impl Workplace {
    /// Opens the data folder: starts the embedded database unless `DATABASE_URL` names
    /// another, brings its schema up to date, and loads or makes the keys.
    pub async fn open(place: &PlaceArgs) -> anyhow::Result<Self> {
        let data = place.data.as_path();
        fs::create_dir_all(data).with_context(|| {
            format!(
                "无法建立数据文件夹 {}，请检查权限和磁盘空间",
                data.display()
            )
        })?;
        let (engine, owner_url, app_url) = match std::env::var("DATABASE_URL") {
            Ok(app) => {
                let owner = std::env::var("DENGBU_OWNER_URL")
                    .context("已设置 DATABASE_URL，还需要用 DENGBU_OWNER_URL 给出数据库属主的地址，用于升级表结构")?;
                (None, owner, app)
            }
            Err(_) => {
                let config = EngineConfig::new(data.join("database"));
                let engine = Engine::start(config).await?;
                let name = engine.database().to_owned();
                (Some(engine), String::new(), name)
            }
        };
        let (owner_url, app_url) = match &engine {
            Some(engine) => (engine.owner_url(&app_url), engine.app_url(&app_url)),
            None => (owner_url, app_url),
        };
        Store::migrate(&owner_url).await?;
        seed_authorities(&owner_url, &AuthorityFile::parse(PANZHIHUA)?).await?;
        let store =
            Store::connect(&app_url, &StoreOptions::default().with_connections_max(24)).await?;
        let scans = data.join("materials");
        fs::create_dir_all(&scans)
            .with_context(|| format!("无法建立材料文件夹 {}", scans.display()))?;
        Ok(Self {
            person_key: PersonKey::new(person_key(data)?),
            scans: Scans::in_folder(&scans, Arc::new(NoScanner))?,
            accounts: Accounts::new(store.clone(), AccountsOptions::default())?,
            owner_url,
            store,
            engine,
        })
    }

    /// Closes everything; the embedded database is shut down in order.
    pub async fn close(self) -> anyhow::Result<()> {
        self.store.pool().close().await;
        if let Some(engine) = self.engine {
            engine.stop().await?;
        }
        Ok(())
    }
}

/// The key of the person index, made on first use. Losing it means only that the
/// projection must be rebuilt with a new one (`dengbu register rebuild`).
fn person_key(data: &Path) -> anyhow::Result<[u8; 32]> {
    let folder: PathBuf = data.join("keys");
    fs::create_dir_all(&folder)?;
    let path = folder.join("person-index.key");
    match fs::read(&path) {
        Ok(bytes) => match bytes.try_into() {
            Ok(key) => Ok(key),
            Err(_) => bail!(
                "密钥文件 {} 已损坏（应为 32 字节），请从备份恢复",
                path.display()
            ),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let key = dengbu_staff::entropy::bytes::<32>(&dengbu_staff::OsEntropy)?;
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(key)
        }
        Err(e) => Err(e).with_context(|| format!("无法读取密钥文件 {}", path.display())),
    }
}
