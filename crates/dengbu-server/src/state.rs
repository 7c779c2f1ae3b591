//! What handlers share.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use dengbu_cases::progress::Progress;
use dengbu_cases::recording::Tools;
use dengbu_cases::scans::Scans;
use dengbu_certlib::LibraryKey;
use dengbu_distribution::depot::Depot;
use dengbu_intake::packages::Packages;
use dengbu_intake::work::Worker;
use dengbu_register::person::PersonKey;
use dengbu_staff::Accounts;
use dengbu_staff::password::{HashCost, Hasher};
use dengbu_store::Store;
use uuid::Uuid;

use crate::ecert::sealing::{Passphrase, SealPolicy};
use crate::ecert::{Gates, Office};

/// What an operator sets.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Folder of front-end files that takes the place of the embedded ones.
    pub web_dir: Option<PathBuf>,
    /// True when clients reach the server over TLS: cookies are then marked secure.
    pub secure_cookies: bool,
    /// Addresses of the reverse proxies before the server, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// True when the data is invented: every page says so.
    pub demo: bool,
    /// Folder of files that wait to be taken; none: a folder of the system's for passing files.
    pub depot: Option<PathBuf>,
    /// Folder of the files of electronic certificates; without it none are made.
    pub certificate_dir: Option<PathBuf>,
    /// Folder of the keys of seals; without it none are made.
    pub seal_key_dir: Option<PathBuf>,
    /// Who vouches for the seals.
    pub seal_policy: SealPolicy,
    /// What opens the key store of seals; none: a file beside it.
    pub seal_passphrase: Option<Passphrase>,
    /// Name under which the public reaches the server, for the codes of certificates.
    pub public_host: Option<String>,
}

/// Shared by all handlers.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    accounts: Accounts,
    scans: Scans,
    person_key: PersonKey,
    config: Config,
    packages: Option<Packages>,
    at_work: Mutex<BTreeMap<String, Progress>>,
    gates: Gates,
    office: Office,
    hasher: Hasher,
}

/// A case at work: whoever asks hears how far it is, until this is dropped.
#[derive(Debug)]
pub struct AtWork {
    app: App,
    case_no: String,
    /// Where the work tells how far it is.
    pub progress: Progress,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.app.at_work().remove(&self.case_no);
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        store: Store,
        accounts: Accounts,
        scans: Scans,
        person_key: PersonKey,
        config: Config,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            accounts,
            scans,
            office: Office::of(&config, &person_key),
            person_key,
            config,
            packages: None,
            at_work: Mutex::default(),
            gates: Gates::default(),
            hasher: citizens_hasher(),
        }))
    }

    /// Adds the store of delivered data; without it data integration answers that it is not
    /// set up. To be called before the app is shared.
    #[must_use]
    pub fn with_packages(mut self, packages: Packages) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.packages = Some(packages);
        }
        self
    }

    /// Contents of delivered data.
    #[must_use]
    pub fn packages(&self) -> Option<&Packages> {
        self.0.packages.as_ref()
    }

    /// What works the jobs of data integration, where it is set up.
    #[must_use]
    pub fn intake_worker(&self) -> Option<Worker> {
        Some(Worker {
            store: self.store().clone(),
            packages: self.packages()?.clone(),
            key: self.person_key().clone(),
            engine: Arc::new(dengbu_intake::fusion::Fusion),
            now,
            ids: new_id,
        })
    }

    fn at_work(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Progress>> {
        self.0
            .at_work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others see how far the work on a case is.
    #[must_use]
    pub fn start_work(&self, case_no: &str) -> AtWork {
        let progress = Progress::default();
        self.at_work().insert(case_no.to_owned(), progress.clone());
        AtWork {
            app: self.clone(),
            case_no: case_no.to_owned(),
            progress,
        }
    }

    /// How far the work on a case is; none when nobody works on it.
    #[must_use]
    pub fn progress(&self, case_no: &str) -> Option<Progress> {
        self.at_work().get(case_no).cloned()
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Staff accounts.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Contents of scanned papers.
    #[must_use]
    pub fn scans(&self) -> &Scans {
        &self.0.scans
    }

    /// Key of the person index.
    #[must_use]
    pub fn person_key(&self) -> &PersonKey {
        &self.0.person_key
    }

    /// Keys of the library of electronic certificates.
    #[must_use]
    pub fn library_key(&self) -> LibraryKey {
        LibraryKey::of(&self.0.person_key)
    }

    /// Who makes and checks electronic certificates.
    #[must_use]
    pub fn office(&self) -> &Office {
        &self.0.office
    }

    /// Hashes passwords of citizens.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    /// Limits of what the public and the programs of others may ask.
    #[must_use]
    pub fn gates(&self) -> &Gates {
        &self.0.gates
    }

    /// What recording needs.
    #[must_use]
    pub fn tools(&self) -> Tools<'_> {
        Tools {
            person_key: &self.0.person_key,
        }
    }

    /// Files that wait to be taken.
    #[must_use]
    pub fn depot(&self) -> Depot {
        let folder = self.0.config.depot.clone();
        Depot::new(folder.unwrap_or_else(|| std::env::temp_dir().join("dengbu-given-out")))
    }

    /// The operator's settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }
}

/// Two at once: at full cost, more would only fill the memory.
#[expect(clippy::expect_used, reason = "the default cost is in range")]
fn citizens_hasher() -> Hasher {
    Hasher::new(HashCost::default(), 2).expect("the default cost is in range")
}

/// The server's clock; the only place that reads it for handlers.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// New identifiers in service: UUIDv7, ordered by time.
#[must_use]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
