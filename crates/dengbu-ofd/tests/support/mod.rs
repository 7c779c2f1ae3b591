//! A certificate, a city and a seal for the tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "helpers of tests, not all used by each"
)]

use std::path::Path as FilePath;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Duration, Utc};
use dengbu_gm::keystore::KeyStore;
use dengbu_gm::{City, Policy, Role, Signer};
use dengbu_ofd::{OfdWriter, Picture, Seal, SealSpec, Sealing, StampPlace, seal_ofd, seal_picture};
use dengbu_page::picture::QrModules;
use dengbu_page::{
    Attachment, Canvas, Colour, Document, Fonts, Image, Meta, Path, Size, Stroke, Template,
};

pub const AUTHORITY: &str = "510400";
pub const HOLDER: &str = "张示例、李㐀花";
pub const UNIT: &str = "510411001001GB00001F00010001";

pub fn now() -> DateTime<Utc> {
    "2026-11-29T10:00:00Z".parse().unwrap()
}

pub fn fonts() -> &'static Fonts {
    Fonts::shared().unwrap()
}

/// One writer for all, as in service.
pub static WRITER: LazyLock<OfdWriter> = LazyLock::new(|| OfdWriter::new(fonts()));

static TEMPLATE: LazyLock<Arc<Template>> = LazyLock::new(|| {
    let mut page = Canvas::new(Size::A4_LANDSCAPE, fonts());
    page.rect(8.0, 8.0, 281.0, 194.0, Stroke::new(0.6, Colour::SEAL));
    page.centred(82.0, 38.0, 8.0, "不动产权证书（电子）")
        .unwrap();
    for (n, label) in ["权利人", "坐落", "不动产单元号"].iter().enumerate() {
        let y = 40.0 + 12.0 * n as f64;
        page.rect(157.0, y, 112.0, 12.0, Stroke::new(0.2, Colour::BLACK));
        page.text(159.0, y + 8.0, 4.5, label).unwrap();
    }
    Arc::new(Template::from(("title", page.finish())))
});

/// Two pages: fields, code, picture, a turned line; a plan with curves and dashes.
pub fn document() -> Document {
    let mut page = Canvas::over(&TEMPLATE, fonts());
    let values = [
        ("CZZT", HOLDER),
        ("KZ_ZL", "攀枝花市东区<炳草岗>大街 & 1号"),
        ("KZ_BDCDYH", UNIT),
    ];
    for (n, (field, value)) in values.into_iter().enumerate() {
        let y = 48.0 + 12.0 * n as f64;
        page.text(190.0, y, 4.5, value).unwrap().field(field);
    }
    page.text(
        157.0,
        26.0,
        5.0,
        "\u{3000}川（2026）攀枝花市不动产权第0000010号",
    )
    .unwrap();
    let code = qrcode::QrCode::new(b"HTTPS://EXAMPLE.INVALID/V/ABC").unwrap();
    let dark = code
        .to_colors()
        .into_iter()
        .map(|c| c == qrcode::Color::Dark);
    page.qr(30.0, 140.0, 30.0, QrModules::new(dark.collect()).unwrap());
    page.text(60.0, 120.0, 12.0, "样例")
        .unwrap()
        .turned(30.0)
        .colour(Colour::SEAL);
    let picture = seal_picture("样图", "", fonts()).unwrap();
    let picture = Arc::new(Image::read(picture).unwrap());
    page.image(240.0, 160.0, 20.0, 20.0, &picture);
    let mut plan = Canvas::new(Size::A4, fonts());
    plan.path(
        Path::polyline(
            &[(40.0, 60.0), (150.0, 70.0), (140.0, 160.0), (50.0, 150.0)],
            true,
        ),
        (Colour::new(255, 244, 200), Stroke::new(0.4, Colour::BLACK)),
    );
    plan.path(
        Path::circle(100.0, 110.0, 12.0),
        Stroke::new(0.3, Colour::BLACK).dashed(&[2.0, 1.0]),
    );
    plan.text(90.0, 112.0, 4.0, "宗地图 12.34m").unwrap();
    Document {
        meta: Meta {
            id: [0xab; 16],
            title: "不动产权证书".to_owned(),
            author: "攀枝花市自然资源和规划局".to_owned(),
            subject: "样例".to_owned(),
            created: now().date_naive(),
            custom: vec![("ZZBS".to_owned(), "1.2.156.3005.2.X".to_owned())],
        },
        pages: vec![page.finish(), plan.finish()],
        attachments: vec![Attachment {
            name: "ecert.xml".to_owned(),
            media_type: "application/xml".to_owned(),
            bytes: "<ecert><CZZT>张示例、李㐀花</CZZT></ecert>"
                .as_bytes()
                .to_vec(),
        }],
    }
}

pub fn city(folder: &FilePath) -> City {
    let store = KeyStore::create(&folder.join("keys.json"), "口令", Policy::Test).unwrap();
    let mut city = City::found(store, "攀枝花市", now()).unwrap();
    city.issue(
        Role::SealSigner,
        AUTHORITY,
        "攀枝花市自然资源和规划局",
        now(),
    )
    .unwrap();
    city
}

pub fn spec(city: &City) -> SealSpec {
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    SealSpec {
        id: "51040000000001".to_owned(),
        name: "攀枝花市自然资源和规划局不动产登记专用章".to_owned(),
        signers: vec![signer.certificate().clone()],
        created: now(),
        valid_from: now(),
        valid_until: now() + Duration::days(365 * 3),
        picture: Picture {
            format: "PNG".to_owned(),
            bytes: seal_picture("攀枝花市自然资源和规划局", "不动产登记专用章", fonts()).unwrap(),
            width: 40,
            height: 40,
        },
    }
}

pub fn seal(city: &City) -> Seal {
    let maker = city.signer(Role::SealMaker, "").unwrap();
    Seal::make(&spec(city), &maker).unwrap()
}

pub const PLACE: [StampPlace; 1] = [StampPlace {
    page: 0,
    x: 100.0,
    y: 122.0,
}];

/// The document sealed by the city's authority.
pub fn sealed(city: &City) -> Vec<u8> {
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let seal = seal(city);
    let sealing = Sealing {
        seal: &seal,
        signer: &signer,
        places: &PLACE,
        time: now(),
        stamper: None,
    };
    seal_ofd(&WRITER, &document(), &sealing).unwrap()
}
