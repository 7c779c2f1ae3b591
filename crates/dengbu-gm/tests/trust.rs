//! A city's authority: chains at the time of signing, revocation, roll-over, keys at rest.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use dengbu_gm::crl::Reason;
use dengbu_gm::keystore::KeyStoreError;
use dengbu_gm::timestamp::{self, OwnTimeStamper, TimestampError};
use dengbu_gm::{
    ChainProblem, City, KeyStore, Moment, Policy, Role, SignError, Signer, TimeStamper, Trust,
    Usage,
};

const AUTHORITY: &str = "510400";

fn now() -> DateTime<Utc> {
    "2026-11-29T10:00:00Z".parse().unwrap()
}

fn city(folder: &Path) -> City {
    let store = KeyStore::create(&folder.join("keys.json"), "口令", Policy::Test).unwrap();
    let mut city = City::found(store, "攀枝花市", now()).unwrap();
    for role in [Role::SealSigner, Role::CodeSigner, Role::PdfSigner] {
        city.issue(role, AUTHORITY, "攀枝花市自然资源和规划局", now())
            .unwrap();
    }
    city
}

#[test]
fn certificates_lead_to_their_root_and_are_judged_at_the_time_of_signing() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let trust = city.trust(now()).unwrap();
    for role in [Role::SealSigner, Role::PdfSigner] {
        let signer = city.signer(role, AUTHORITY).unwrap();
        let certificate = signer.certificate();
        let check = |usage, time| trust.check(certificate, &[], usage, Moment::claimed(time));
        assert_eq!(check(Usage::Signing, now()), Ok(()));
        let late = check(Usage::Signing, now() + Duration::days(2000)).unwrap_err();
        assert!(matches!(late[..], [ChainProblem::Expired(..)]), "{late:?}");
        let early = check(Usage::Signing, now() - Duration::days(1)).unwrap_err();
        assert!(early.iter().all(|p| matches!(p, ChainProblem::NotYet(..))));
        let wrong = check(Usage::TimeStamping, now()).unwrap_err();
        assert!(matches!(wrong[..], [ChainProblem::Usage(..)]), "{wrong:?}");
    }
}

#[test]
fn another_citys_certificate_is_unknown_even_with_its_root_in_the_luggage() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ours, theirs) = (city(one.path()), city(two.path()));
    let trust = ours.trust(now()).unwrap();
    let stranger = theirs.signer(Role::SealSigner, AUTHORITY).unwrap();
    let root = theirs.signer(Role::Root, "").unwrap();
    let found = trust.check(
        stranger.certificate(),
        &[root.certificate().clone()],
        Usage::Signing,
        Moment::claimed(now()),
    );
    assert!(matches!(found.unwrap_err()[..], [ChainProblem::Unknown(_)]));
}

#[test]
fn revocation_counts_from_its_day_on_but_a_stolen_key_needs_a_proof_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut city = city(folder.path());
    let id = |city: &City, role| city.store().current(role, AUTHORITY).unwrap().id;
    let seal = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let code = city.signer(Role::CodeSigner, AUTHORITY).unwrap();
    let day = now() + Duration::days(30);
    city.revoke(id(&city, Role::SealSigner), day, Reason::Superseded)
        .unwrap();
    city.revoke(id(&city, Role::CodeSigner), day, Reason::KeyCompromise)
        .unwrap();
    let trust = city.trust(day).unwrap();
    let check = |signer: &dyn Signer, time, proven| {
        trust.check(
            signer.certificate(),
            &[],
            Usage::Signing,
            Moment { time, proven },
        )
    };
    assert_eq!(check(&seal, now(), false), Ok(()));
    let after = check(&seal, day, false).unwrap_err();
    assert!(matches!(after[..], [ChainProblem::Revoked(..)]));
    assert!(check(&code, now(), false).is_err());
    assert_eq!(check(&code, now(), true), Ok(()));
    assert!(city.signer(Role::SealSigner, AUTHORITY).is_err());
}

#[test]
fn a_list_of_someone_else_is_refused_and_an_older_one_does_not_replace_a_newer() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut ours, theirs) = (city(one.path()), city(two.path()));
    let mut trust = ours.trust(now()).unwrap();
    for list in theirs.lists(now()).unwrap() {
        assert!(trust.add_list(&list).is_err());
    }
    assert!(trust.add_list(b"junk").is_err());
    let old = ours.lists(now()).unwrap();
    let id = ours
        .store()
        .current(Role::SealSigner, AUTHORITY)
        .unwrap()
        .id;
    let signer = ours.signer(Role::SealSigner, AUTHORITY).unwrap();
    let later = now() + Duration::hours(1);
    ours.revoke(id, now(), Reason::Superseded).unwrap();
    for list in ours.lists(later).unwrap().iter().chain(&old) {
        trust.add_list(list).unwrap();
    }
    let moment = Moment::claimed(later);
    let found = trust.check(signer.certificate(), &[], Usage::Signing, moment);
    assert!(found.is_err(), "the older list came last and did not win");
}

#[test]
fn a_new_key_takes_over_and_what_the_old_one_signed_stays_valid() {
    let folder = tempfile::tempdir().unwrap();
    let mut city = city(folder.path());
    let old = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let old_id = city
        .store()
        .current(Role::SealSigner, AUTHORITY)
        .unwrap()
        .id;
    let later = now() + Duration::days(100);
    let id = city
        .issue(
            Role::SealSigner,
            AUTHORITY,
            "攀枝花市自然资源和规划局",
            later,
        )
        .unwrap();
    let new = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    assert_ne!(old.certificate(), new.certificate());
    assert_eq!(
        new.certificate(),
        city.store().signer_of(id).unwrap().certificate()
    );
    let error = city.store().signer_of(old_id).unwrap_err();
    assert!(matches!(error, KeyStoreError::Sign(SignError::Retired(_))));
    let trust = city.trust(later).unwrap();
    let moment = Moment::claimed(later);
    assert_eq!(
        trust.check(old.certificate(), &[], Usage::Signing, moment),
        Ok(())
    );
}

#[test]
fn keys_at_rest_need_the_passphrase_and_entries_cannot_be_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let city = city(folder.path());
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let signature = signer.sign(b"x").unwrap();
    drop(city);
    let again = KeyStore::open(&path, "口令", Policy::Test).unwrap();
    let same = again.signer(Role::SealSigner, AUTHORITY).unwrap();
    assert_eq!(same.sign(b"x").unwrap(), signature);
    let wrong = KeyStore::open(&path, "別的", Policy::Test).unwrap_err();
    assert!(matches!(wrong, KeyStoreError::Passphrase));

    // the code signer's sealed key put into the seal signer's entry
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let entries = json["entries"].as_array_mut().unwrap();
    let of = |role: &str, entries: &[serde_json::Value]| {
        entries.iter().position(|e| e["role"] == role).unwrap()
    };
    let (seal, code) = (of("seal_signer", entries), of("code_signer", entries));
    entries[seal]["key"] = entries[code]["key"].clone();
    std::fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
    let store = KeyStore::open(&path, "口令", Policy::Test).unwrap();
    let error = store.signer(Role::SealSigner, AUTHORITY).unwrap_err();
    assert!(matches!(error, KeyStoreError::Damaged(_)), "{error}");
    std::fs::write(&path, b"{").unwrap();
    let error = KeyStore::open(&path, "口令", Policy::Test).unwrap_err();
    assert!(matches!(error, KeyStoreError::Damaged(_)), "{error}");
}

#[test]
fn production_refuses_software_keys_unless_they_were_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let production = |software_allowed| Policy::Production { software_allowed };
    let error = KeyStore::create(&path, "口令", production(false)).unwrap_err();
    assert!(matches!(error, KeyStoreError::SoftwareRefused));
    drop(KeyStore::create(&path, "口令", production(true)).unwrap());
    let error = KeyStore::open(&path, "口令", production(false)).unwrap_err();
    assert!(matches!(error, KeyStoreError::SoftwareRefused));
}

#[test]
fn founding_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let count = city(folder.path()).store().entries().len();
    let store = KeyStore::open(&folder.path().join("keys.json"), "口令", Policy::Test).unwrap();
    let again = City::found(store, "攀枝花市", now()).unwrap();
    assert_eq!(again.store().entries().len(), count);
}

#[test]
fn a_time_stamp_is_for_one_thing_and_of_someone_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let trust = city.trust(now()).unwrap();
    for role in [Role::TimeStamper, Role::PdfTimeStamper] {
        let signer = city.signer(role, "").unwrap();
        let digest = |data: &[u8]| signer.algorithm().digest(data);
        let stamper = OwnTimeStamper::new(Arc::new(signer.clone()), now);
        let token = stamper.stamp(digest(b"signature")).unwrap();
        let stamped = timestamp::check(&token, b"signature", &trust).unwrap();
        assert_eq!(stamped.time, now());
        let other = timestamp::check(&token, b"another", &trust).unwrap_err();
        assert_eq!(other, TimestampError::Other);
        let nobody = timestamp::check(&token, b"signature", &Trust::default()).unwrap_err();
        assert!(matches!(nobody, TimestampError::Trust(_)));
        for at in 0..token.len() {
            let mut altered = token.clone();
            altered[at] ^= 1;
            let found = timestamp::check(&altered, b"signature", &trust);
            // what is outside the signature may change only if it still says the same
            if let Ok(still) = found {
                assert_eq!(still.time, now(), "byte {at}");
            }
        }
        let liar = OwnTimeStamper::new(
            Arc::new(city.signer(Role::SealSigner, AUTHORITY).unwrap()),
            now,
        );
        let token = liar.stamp(dengbu_gm::hash::sm3(b"signature")).unwrap();
        let found = timestamp::check(&token, b"signature", &trust).unwrap_err();
        assert!(matches!(found, TimestampError::Trust(_)), "{found}");
    }
}
