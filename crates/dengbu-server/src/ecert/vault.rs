//! The keys and seals of the authorities of this platform.
//!
//! Under the test policy the city's test authority is founded on first use; in production a
//! licensed authority takes its place behind the same [`Signer`]s, and nothing is sealed with keys
//! made here ([`super::sealing`]). Private keys stay in the key store of the data folder,
//! enciphered under a passphrase of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_certlib::seals::{self, Purpose, Seal as KeptSeal};
use dengbu_gm::crl::Reason;
use dengbu_gm::keystore::KeyStoreError;
use dengbu_gm::signer::SoftwareSigner;
use dengbu_gm::timestamp::OwnTimeStamper;
use dengbu_gm::{City, KeyStore, Policy, Role, Signer, Trust};
use dengbu_ofd::{OfdWriter, Picture, Seal, SealSpec, seal_picture};
use dengbu_page::{Fonts, Image};
use dengbu_pdf::PdfWriter;
use dengbu_register::person::PersonKey;
use dengbu_store::TenantTx;
use uuid::Uuid;

use super::sealing::{self, Passphrase, SealPolicy};
use crate::problem::Problem;
use crate::state::new_id;

/// Side of a seal, mm (国务院关于国家行政机关和企业事业单位社会团体印章管理的规定: 42 mm at most).
const SEAL_SIDE: u32 = 40;
/// How long trust with its revocation lists is kept.
const TRUST_KEPT: TimeDelta = TimeDelta::minutes(10);

/// What an authority seals with.
#[derive(Debug)]
pub struct Desk {
    /// The seal in the library.
    pub seal_id: Uuid,
    /// Number of its key in codes.
    pub key_id: u8,
    /// The seal.
    pub seal: Seal,
    /// Stamps documents.
    pub signer: SoftwareSigner,
    /// Signs codes and status lists.
    pub code: SoftwareSigner,
    /// Signs PDF copies.
    pub pdf: SoftwareSigner,
    /// Vouches for the time of stamps.
    pub stamper: OwnTimeStamper,
    /// The same for PDF copies.
    pub pdf_stamper: OwnTimeStamper,
    /// The seal's picture, for PDF copies.
    pub picture: Arc<Image>,
}

/// Who vouches for the seals.
enum Vouching {
    /// The platform's own test authority with its keys.
    Test(Mutex<City>),
    /// Licensed authorities; their keys are not here.
    Given(Arc<Trust>),
}

/// The open key store.
pub struct Vault {
    vouching: Vouching,
    desks: Mutex<BTreeMap<(String, Purpose), Arc<Desk>>>,
    trust: Mutex<Option<(DateTime<Utc>, Arc<Trust>)>>,
    /// Writes OFD, one for all: it keeps what it packed.
    pub writer: OfdWriter,
    /// Writes PDF, likewise.
    pub pdf_writer: PdfWriter,
    /// Fonts that the program carries.
    pub fonts: &'static Fonts,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(..)")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(%error, "the key store of seals");
    Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "no_seal",
        "电子印章密钥库无法使用，暂时不能制作或查验电子证照文件",
    )
    .detail("请系统管理员检查数据文件夹 keys 中的密钥库，或从备份恢复。")
}

fn no_signer() -> Problem {
    Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "no_signer",
        "本平台按正式环境运行，不使用自建的测试证书机构，暂时不能制作电子证照",
    )
    .detail("请接入密码设备或签章平台；签章由取得许可的电子认证机构签发的证书进行。")
}

/// The key store under its own passphrase. One of before, whose passphrase was derived from the
/// key of the index of persons, is opened by that and takes its own.
fn key_store(
    folder: &Path,
    passphrase: &Passphrase,
    person: &PersonKey,
) -> Result<KeyStore, Problem> {
    let path = folder.join("seals.keystore");
    if !path.exists() {
        std::fs::create_dir_all(folder).map_err(|e| failed(&e))?;
        return KeyStore::create(&path, passphrase.expose(), Policy::Test).map_err(|e| failed(&e));
    }
    match KeyStore::open(&path, passphrase.expose(), Policy::Test) {
        Err(wrong @ KeyStoreError::Passphrase) => {
            let secret = person.derive(b"dengbu key store of seals");
            let derived: String = secret.iter().map(|b| format!("{b:02x}")).collect();
            let mut store =
                KeyStore::open(&path, &derived, Policy::Test).map_err(|_| failed(&wrong))?;
            store
                .change_passphrase(passphrase.expose())
                .map_err(|e| failed(&e))?;
            Ok(store)
        }
        opened => opened.map_err(|e| failed(&e)),
    }
}

impl Vault {
    /// Opens the key store of a folder, or founds the city's test authority in it; in production
    /// reads whom to believe.
    ///
    /// # Errors
    /// 503 when it cannot be opened.
    pub fn open(
        folder: &Path,
        (policy, given): (&SealPolicy, Option<&Passphrase>),
        person: &PersonKey,
        city: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let vouching = match policy {
            SealPolicy::Production { trust } => {
                Vouching::Given(Arc::new(sealing::trust(trust).map_err(|e| failed(&e))?))
            }
            SealPolicy::Test => {
                let passphrase = match given {
                    Some(passphrase) => passphrase.clone(),
                    None => Passphrase::beside(folder).map_err(|e| failed(&e))?,
                };
                let store = key_store(folder, &passphrase, person)?;
                let city = City::found(store, city, now).map_err(|e| failed(&e))?;
                Vouching::Test(Mutex::new(city))
            }
        };
        let fonts = Fonts::shared().map_err(|e| failed(&e))?;
        Ok(Self {
            vouching,
            desks: Mutex::default(),
            trust: Mutex::default(),
            writer: OfdWriter::new(fonts),
            pdf_writer: PdfWriter::new(fonts),
            fonts,
        })
    }

    /// The test authority with its keys.
    fn city(&self) -> Result<MutexGuard<'_, City>, Problem> {
        match &self.vouching {
            Vouching::Test(city) => Ok(lock(city)),
            Vouching::Given(_) => Err(no_signer()),
        }
    }

    /// What an authority seals with now.
    ///
    /// # Errors
    /// 503 when it has no seal in use.
    pub async fn desk(
        &self,
        tx: &mut TenantTx,
        authority: &str,
        purpose: Purpose,
    ) -> Result<Arc<Desk>, Problem> {
        if !self.trial() {
            return Err(no_signer());
        }
        let kept = seals::active(tx, authority, purpose)
            .await?
            .ok_or_else(|| {
                Problem::new(
                    axum::http::StatusCode::SERVICE_UNAVAILABLE,
                    "no_seal",
                    format!(
                        "本机构没有在用的电子印章（{}），暂时不能制作电子证照",
                        purpose.name_zh()
                    ),
                )
                .detail("请系统管理员在“电子印章”中制作印章。")
            })?;
        let place = (authority.to_owned(), purpose);
        if let Some(desk) = lock(&self.desks).get(&place)
            && desk.seal_id == kept.seal_id
        {
            return Ok(desk.clone());
        }
        let desk = Arc::new(self.set_up(&kept)?);
        lock(&self.desks).insert(place, desk.clone());
        Ok(desk)
    }

    fn set_up(&self, kept: &KeptSeal) -> Result<Desk, Problem> {
        let city = self.city()?;
        let signer = |at: usize| {
            let id = kept.key_refs.get(at).and_then(|id| u32::try_from(*id).ok());
            city.store()
                .signer_of(id.unwrap_or(0))
                .map_err(|e| failed(&e))
        };
        let stamper = |role: Role| -> Result<OwnTimeStamper, Problem> {
            let signer = city.signer(role, "").map_err(|e| failed(&e))?;
            Ok(OwnTimeStamper::new(Arc::new(signer), crate::state::now))
        };
        let seal = Seal::from_der(&kept.seal).map_err(|e| failed(&e))?;
        let picture = Image::read(seal.picture.bytes.clone()).map_err(|e| failed(&e))?;
        Ok(Desk {
            seal_id: kept.seal_id,
            key_id: u8::try_from(kept.key_id).unwrap_or(0),
            seal,
            picture: Arc::new(picture),
            signer: signer(0)?,
            code: signer(1)?,
            pdf: signer(2)?,
            stamper: stamper(Role::TimeStamper)?,
            pdf_stamper: stamper(Role::PdfTimeStamper)?,
        })
    }

    /// Makes keys and a seal for an authority and puts it into use.
    ///
    /// # Errors
    /// 422 for a name with a character that no font has, 503 when the key store cannot be written.
    pub async fn make_seal(
        &self,
        tx: &mut TenantTx,
        (authority, authority_name): (&str, &str),
        (name, purpose): (&str, Purpose),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<KeptSeal, Problem> {
        let key_id = seals::next_key(tx, authority).await?;
        let picture = seal_picture(name, "", self.fonts)
            .map_err(|e| Problem::field("/name", "font", e.to_string()))?;
        let kept = self.issue(
            (authority, authority_name),
            (name, purpose),
            picture,
            key_id,
            by,
            now,
        )?;
        seals::put_into_use(tx, &kept).await?;
        *lock(&self.trust) = None;
        Ok(kept)
    }

    fn issue(
        &self,
        (authority, authority_name): (&str, &str),
        (name, purpose): (&str, Purpose),
        picture: Vec<u8>,
        key_id: i16,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<KeptSeal, Problem> {
        let mut city = self.city()?;
        // a new key retires the one before it of the same holder: each seal rolls over by itself
        let holder = match purpose {
            Purpose::Registration => authority.to_owned(),
            Purpose::Search => format!("{authority}-{}", purpose.code()),
        };
        let mut refs = Vec::new();
        let mut signers = Vec::new();
        for role in [Role::SealSigner, Role::CodeSigner, Role::PdfSigner] {
            let id = city
                .issue(role, &holder, authority_name, now)
                .map_err(|e| failed(&e))?;
            refs.push(i32::try_from(id).unwrap_or(i32::MAX));
            signers.push(city.store().signer_of(id).map_err(|e| failed(&e))?);
        }
        let certificate = signers[0].certificate().clone();
        let es_id = format!("{authority}{key_id:03}{}", now.format("%Y%m%d"));
        let spec = SealSpec {
            id: es_id.clone(),
            name: name.to_owned(),
            signers: vec![certificate.clone()],
            created: now,
            valid_from: certificate.not_before(),
            valid_until: certificate.not_after(),
            picture: Picture {
                format: "PNG".to_owned(),
                bytes: picture,
                width: SEAL_SIDE,
                height: SEAL_SIDE,
            },
        };
        let maker = city.signer(Role::SealMaker, "").map_err(|e| failed(&e))?;
        let seal = Seal::make(&spec, &maker).map_err(|e| failed(&e))?;
        Ok(KeptSeal {
            authority: authority.to_owned(),
            seal_id: new_id(),
            es_id,
            name: name.to_owned(),
            purpose: purpose.code().to_owned(),
            state: "active".to_owned(),
            key_id,
            seal: seal.der().to_vec(),
            certificate: certificate.der().to_vec(),
            code_certificate: signers[1].certificate().der().to_vec(),
            pdf_certificate: signers[2].certificate().der().to_vec(),
            key_refs: refs,
            valid_from: spec.valid_from,
            valid_to: spec.valid_until,
            created_at: now,
            created_by: by.to_owned(),
            ended_at: None,
            ended_by: None,
            reason: None,
        })
    }

    /// Revokes the keys of a seal.
    ///
    /// # Errors
    /// 503 when the key store cannot be written.
    pub fn revoke(&self, seal: &KeptSeal, now: DateTime<Utc>) -> Result<(), Problem> {
        let mut city = self.city()?;
        // revocation lists count in whole seconds (RFC 5280 §5.1.2.4): what was sealed within this
        // one was sealed before, for from now on the key store gives the keys to nobody
        let now = now + TimeDelta::seconds(1);
        for id in &seal.key_refs {
            let id = u32::try_from(*id).unwrap_or(0);
            city.revoke(id, now, Reason::CessationOfOperation)
                .map_err(|e| failed(&e))?;
        }
        lock(&self.desks).retain(|(authority, _), _| *authority != seal.authority);
        *lock(&self.trust) = None;
        Ok(())
    }

    /// Whom files are judged by, with the revocation lists of now.
    ///
    /// # Errors
    /// 503 when the key store cannot be read.
    pub fn trust(&self, now: DateTime<Utc>) -> Result<Arc<Trust>, Problem> {
        if let Some((made, trust)) = &*lock(&self.trust)
            && now - *made < TRUST_KEPT
        {
            return Ok(trust.clone());
        }
        let trust = match &self.vouching {
            Vouching::Test(city) => Arc::new(lock(city).trust(now).map_err(|e| failed(&e))?),
            Vouching::Given(trust) => trust.clone(),
        };
        *lock(&self.trust) = Some((now, trust.clone()));
        Ok(trust)
    }

    /// Whether a test authority vouches for its seals: certificates and checks say so.
    #[must_use]
    pub fn trial(&self) -> bool {
        matches!(self.vouching, Vouching::Test(_))
    }

    /// The root that signs the set of keys.
    ///
    /// # Errors
    /// 503 when there is none.
    pub fn root(&self) -> Result<SoftwareSigner, Problem> {
        self.city()?.signer(Role::Root, "").map_err(|e| failed(&e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(person: &PersonKey) -> String {
        let secret = person.derive(b"dengbu key store of seals");
        secret.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn a_store_of_before_takes_a_passphrase_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seals.keystore");
        let (person, other) = (PersonKey::new([7; 32]), PersonKey::new([8; 32]));
        drop(KeyStore::create(&path, &derived(&person), Policy::Test).unwrap());
        let own = Passphrase::given("密钥库自己的口令十二个字", "测试").unwrap();
        // whoever has neither passphrase opens nothing and changes nothing
        let problem = key_store(folder.path(), &own, &other).err().unwrap();
        assert_eq!(problem.status, 503);
        drop(key_store(folder.path(), &own, &person).unwrap());
        let by = |passphrase: &str| KeyStore::open(&path, passphrase, Policy::Test);
        assert!(by(own.expose()).is_ok());
        assert!(matches!(
            by(&derived(&person)),
            Err(KeyStoreError::Passphrase)
        ));
        // the key of the index of persons opens it no more, and is no more needed
        assert!(key_store(folder.path(), &own, &other).is_ok());
    }

    #[test]
    fn in_production_no_keys_are_made_and_none_signs() {
        let folder = tempfile::tempdir().unwrap();
        let (trust, keys) = (folder.path().join("trust"), folder.path().join("keys"));
        std::fs::create_dir_all(&trust).unwrap();
        let now = crate::state::now();
        let store = KeyStore::create(&folder.path().join("ca"), "示例机构的口令", Policy::Test);
        let city = City::found(store.unwrap(), "示例市", now).unwrap();
        let root = city.signer(Role::Root, "").unwrap();
        std::fs::write(trust.join("root.cer"), root.certificate().der()).unwrap();
        let policy = SealPolicy::Production { trust };
        let person = PersonKey::new([7; 32]);
        let vault = Vault::open(&keys, (&policy, None), &person, "示例市", now).unwrap();
        assert!(!vault.trial() && !keys.exists());
        assert_eq!(vault.root().err().unwrap().code, "no_signer");
        vault.trust(now).unwrap();
    }
}
