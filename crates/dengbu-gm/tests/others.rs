//! Programs we did not write judge our keys, certificates and signatures: OpenSSL 3 and the Python
//! package gmssl.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::{DateTime, Utc};
use dengbu_gm::certificate::pem;
use dengbu_gm::{
    Algorithm, City, KeyStore, Policy, PrivateKey, PublicKey, Role, Signature, Signer,
};

const ID: &str = "distid:1234567812345678";

fn now() -> DateTime<Utc> {
    // OpenSSL looks at the clock when it checks a chain
    Utc::now()
}

fn run(program: impl AsRef<std::ffi::OsStr>, words: &[&str], folder: &Path) -> Output {
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        panic!(
            "{words:?}: {text} {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
    output
}

/// OpenSSL 3; CI must have it.
fn openssl() -> bool {
    let version = Command::new("openssl").arg("version").output();
    let there = version.is_ok_and(|v| v.stdout.starts_with(b"OpenSSL 3"));
    assert!(
        there || std::env::var_os("CI").is_none(),
        "OpenSSL 3 is missing"
    );
    if !there {
        eprintln!("skipped: no OpenSSL 3");
    }
    there
}

/// Python with gmssl, made by `tools/ecert-python.sh`; CI must have it.
fn python() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/ecert-python/bin/python")
        .canonicalize();
    assert!(
        path.is_ok() || std::env::var_os("CI").is_none(),
        "run tools/ecert-python.sh first"
    );
    if path.is_err() {
        eprintln!("skipped: run tools/ecert-python.sh first");
    }
    // canonical would follow the link out of the environment
    path.ok()
        .map(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ecert-python/bin/python"))
}

#[test]
fn openssl_accepts_our_signatures_and_we_accept_openssls() {
    if !openssl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let key = PrivateKey::generate(Algorithm::Sm2);
    let message = "不动产权证书".as_bytes();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.join(name), bytes).unwrap();
    write("key.pem", pem("PRIVATE KEY", &key.to_pkcs8()).as_bytes());
    write(
        "public.pem",
        pem("PUBLIC KEY", &key.public().to_spki()).as_bytes(),
    );
    write("message", message);
    write("ours.sig", &key.sign(message).unwrap().to_der());
    run(
        "openssl",
        &[
            "pkeyutl",
            "-verify",
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            ID,
            "-pubin",
            "-inkey",
            "public.pem",
            "-in",
            "message",
            "-sigfile",
            "ours.sig",
        ],
        place,
    );
    run(
        "openssl",
        &[
            "pkeyutl",
            "-sign",
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            ID,
            "-inkey",
            "key.pem",
            "-in",
            "message",
            "-out",
            "theirs.sig",
        ],
        place,
    );
    let theirs = std::fs::read(place.join("theirs.sig")).unwrap();
    assert!(key.public().verify_der(message, &theirs));
}

#[test]
fn openssl_accepts_our_certificates_and_revocation_lists() {
    if !openssl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let store = KeyStore::create(&place.join("keys.json"), "x", Policy::Test).unwrap();
    let mut city = City::found(store, "攀枝花市", now()).unwrap();
    for (role, root) in [
        (Role::SealSigner, Role::Root),
        (Role::PdfSigner, Role::PdfRoot),
    ] {
        city.issue(role, "510400", "攀枝花市自然资源和规划局", now())
            .unwrap();
        let (leaf, root) = (
            city.signer(role, "510400").unwrap(),
            city.signer(root, "").unwrap(),
        );
        std::fs::write(place.join("leaf.pem"), leaf.certificate().to_pem()).unwrap();
        std::fs::write(place.join("root.pem"), root.certificate().to_pem()).unwrap();
        let mut words = vec!["verify"];
        if role.algorithm() == Algorithm::Sm2 {
            words.extend(["-vfyopt", ID]);
        }
        words.extend(["-CAfile", "root.pem", "leaf.pem"]);
        run("openssl", &words, place);
        let text = run(
            "openssl",
            &[
                "x509", "-noout", "-text", "-nameopt", "utf8", "-in", "leaf.pem",
            ],
            place,
        );
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains("攀枝花市自然资源和规划局"), "{text}");
        assert!(
            text.contains("Digital Signature, Non Repudiation"),
            "{text}"
        );
    }
    let lists = city.lists(now()).unwrap();
    let pdf_list = pem("X509 CRL", &lists[1]);
    std::fs::write(place.join("list.pem"), pdf_list).unwrap();
    let shown = run(
        "openssl",
        &[
            "crl", "-noout", "-text", "-CAfile", "root.pem", "-in", "list.pem",
        ],
        place,
    );
    let shown = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(shown.contains("verify OK"), "{shown}");
}

#[test]
fn gmssl_accepts_our_signatures_and_we_accept_gmssls() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = PrivateKey::generate(Algorithm::Sm2);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let raw = key.sign(b"dengbu").unwrap().to_raw();
    let script = "
import sys
from gmssl import sm2, sm3, func
private, public, raw = sys.argv[1:]
crypt = sm2.CryptSM2(private_key=private, public_key=public[2:])
assert crypt.verify_with_sm3(raw, b'dengbu')
assert not crypt.verify_with_sm3(raw, b'dengbU')
assert sm3.sm3_hash(func.bytes_to_list(b'abc')).startswith('66c7f0f4')
print(crypt.sign_with_sm3(b'dengbu'))
";
    let words = [
        "-c".to_owned(),
        script.to_owned(),
        hex(&key.to_bytes()),
        hex(&key.public().to_point()),
        hex(&raw),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = run(python, &words, folder.path());
    let text = String::from_utf8(output.stdout).unwrap();
    let theirs: Vec<u8> = (0..128)
        .step_by(2)
        .map(|at| u8::from_str_radix(&text.trim()[at..at + 2], 16).unwrap())
        .collect();
    let signature = Signature::from_raw(theirs.try_into().unwrap());
    let public = PublicKey::from_spki(&key.public().to_spki()).unwrap();
    assert!(public.verify(b"dengbu", &signature));
}
