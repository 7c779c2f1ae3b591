//! Who vouches for seals, and what a sealed title shows.

use dengbu_staff::Role;
use serde_json::json;

use crate::ecert::{office, sell};
use crate::house::{CITY, Client, House};
use crate::sealed::{make_all, upload, with_seal};

/// In production the platform believes whom it was told to believe, and seals nothing with keys of
/// its own.
#[tokio::test]
async fn in_production_what_a_trusted_authority_sealed_is_valid_and_nothing_is_sealed_here() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let chief = with_seal(&house).await;
    sell(&house, &unit, 101, &staff).await;
    make_all(&house).await;
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    let listed = maker.get("/api/v1/e-certificates").await.ok(200);
    let id = listed["items"][0]["e_certificate_id"].as_str().unwrap();
    let taken = |format: &str| format!("/api/v1/e-certificates/{id}/files/{format}?purpose=x");
    let (ofd, pdf) = (
        maker.get(&taken("ofd")).await.bytes,
        maker.get(&taken("pdf")).await.bytes,
    );
    // the authority that sealed them, seen from another platform
    let keys = house.folder().join("keys");
    let passphrase = std::fs::read_to_string(keys.join("seals.passphrase")).unwrap();
    let store = dengbu_gm::KeyStore::open(
        &keys.join("seals.keystore"),
        &passphrase,
        dengbu_gm::Policy::Test,
    )
    .unwrap();
    let (trust, stranger) = (house.folder().join("trust"), house.folder().join("others"));
    std::fs::create_dir_all(trust.join("makers")).unwrap();
    std::fs::create_dir_all(&stranger).unwrap();
    for entry in store.entries() {
        let certificate = entry.certificate().unwrap();
        let name = format!("{}.cer", entry.id);
        if certificate.is_signed_by(&certificate) {
            std::fs::write(trust.join(&name), certificate.der()).unwrap();
        }
        if entry.role == dengbu_gm::Role::SealMaker {
            std::fs::write(trust.join("makers").join(&name), certificate.der()).unwrap();
        }
    }
    let foreign = dengbu_gm::KeyStore::create(
        &house.folder().join("foreign"),
        "另一家机构的口令",
        dengbu_gm::Policy::Test,
    );
    let foreign = dengbu_gm::City::found(foreign.unwrap(), "别的市", chrono::Utc::now()).unwrap();
    let root = dengbu_gm::Signer::certificate(&foreign.signer(dengbu_gm::Role::Root, "").unwrap())
        .der()
        .to_vec();
    std::fs::write(stranger.join("root.cer"), root).unwrap();
    let production = |trust: &std::path::Path| dengbu_server::Config {
        certificate_dir: Some(house.folder().join("certificates")),
        seal_key_dir: Some(house.folder().join("keys-of-production")),
        seal_policy: dengbu_server::ecert::sealing::SealPolicy::Production {
            trust: trust.to_owned(),
        },
        ..dengbu_server::Config::default()
    };
    let public = "/api/v1/public/certificates/file";
    for (trust, outcome) in [(&trust, "valid"), (&stranger, "unknown")] {
        let there = house.served(production(trust));
        for file in [&ofd, &pdf] {
            let said = there.upload_to(public, &[], file).await.ok(200);
            assert_eq!(said["outcome"], outcome, "{said}");
            assert_ne!(said["trial"], true, "{said}");
        }
    }
    let there = Client {
        router: house.served(production(&trust)).router,
        ..chief.clone()
    };
    assert_eq!(there.get("/api/v1/seals").await.ok(200)["trial"], false);
    let name = json!({ "name": "示例市不动产登记专用章" });
    let said = there.post("/api/v1/seals", &name).await.problem(503);
    assert_eq!(said["code"], "no_signer");
    assert!(!house.folder().join("keys-of-production").exists());
}

/// A title shows the parcel it stands on and the unit on its storey.
#[tokio::test]
async fn a_sealed_title_shows_the_floor_plan() {
    use dengbu_cadastre::shapes::{NewShape, load};
    use dengbu_model::cadastre::Polygon;
    use dengbu_model::unit_code::UnitCode;

    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let shapes: Vec<NewShape> = units
        .iter()
        .zip([0.0, 8.5])
        .map(|(unit, east)| {
            let unit = UnitCode::parse(unit).unwrap();
            let (x, y) = (471_000.0 + east, 2_940_000.0);
            let corner = |dx: f64, dy: f64| [x + dx, y + dy];
            let ring = [(0.0, 0.0), (8.5, 0.0), (8.5, 11.2), (0.0, 11.2), (0.0, 0.0)];
            NewShape {
                building: unit.building().unwrap(),
                storey: 1,
                label: format!("10{}室", if east > 0.0 { 2 } else { 1 }),
                outline: Polygon {
                    srid: 4543,
                    rings: vec![ring.map(|(dx, dy)| corner(dx, dy)).to_vec()],
                },
                provenance: None,
                unit,
            }
        })
        .collect();
    let mut tx = house.tx(CITY).await;
    assert_eq!(load(&mut tx, &shapes).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let staff = office(&house).await;
    with_seal(&house).await;
    let number = sell(&house, &units[0], 101, &staff).await;
    make_all(&house).await;
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    let listed = maker.get("/api/v1/e-certificates").await.ok(200);
    let certificate = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["certificate_no"] == json!(number))
        .unwrap();
    let id = certificate["e_certificate_id"].as_str().unwrap();
    let path = |format: &str| format!("/api/v1/e-certificates/{id}/files/{format}?purpose=x");
    let ofd = maker.get(&path("ofd")).await.bytes;
    assert_eq!(upload(&house, &ofd).await["outcome"], "valid");
    let pdf = maker.get(&path("pdf")).await.bytes;
    let file = house.folder().join("title.pdf");
    std::fs::write(&file, &pdf).unwrap();
    let read = std::process::Command::new("pdftotext")
        .arg(&file)
        .arg("-")
        .output()
        .unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    for shown in ["房产分户图", "8.50", "11.20", "102室"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
}
