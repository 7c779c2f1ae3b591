//! Electronic certificates on one core: written and sealed as OFD, written and signed as PDF, whole
//! files judged, codes checked; against OpenSSL's bare SM2 rates in the same run. No database.
//!
//! Counted is the processor's time of this thread, so that what else runs does not matter.

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Duration, Utc};
use dengbu_gm::signer::SoftwareSigner;
use dengbu_gm::{City, KeyStore, Policy, Role, Signer as _};
use dengbu_ofd::sign::seal_with;
use dengbu_ofd::{
    Judge, OfdWriter, Picture, Seal, SealSpec, Sealing, StampPlace, Verdict, seal_ofd,
    seal_picture, verify_ofd,
};
use dengbu_page::picture::QrModules;
use dengbu_page::{
    Canvas, Colour, Document, Fonts, Image, Meta, Path, Size, Stroke, Subsets, Template,
};
use dengbu_pdf::{PdfWriter, SealPlace, Signing, sign_pdf, sign_with, verify_pdf};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// One operation on one core.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CertificateRate {
    /// In Chinese, for the table.
    pub label: &'static str,
    /// Per second of processor time.
    pub per_second: f64,
    /// What the plan asks for at least, if it does.
    pub wanted: Option<f64>,
    /// Bytes of one result, where there is one.
    pub bytes: Option<usize>,
}

const AUTHORITY: &str = "510400";
const NAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗伟芳娜敏静丽强磊军洋勇艳杰娟涛明超";

/// Measures each operation `count` times.
///
/// # Errors
/// A result that is not valid, or no OpenSSL.
pub fn measure(folder: &std::path::Path, count: usize) -> Result<Vec<CertificateRate>> {
    let fonts = Fonts::shared()?;
    std::fs::create_dir_all(folder)?;
    let path = folder.join("certificate-keys.json");
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let (signs, verifies) = openssl()?;
    let now = now()?;
    let mut city = City::found(
        KeyStore::create(&path, "bench", Policy::Test)?,
        "样例市",
        now,
    )?;
    for role in [Role::SealSigner, Role::PdfSigner, Role::CodeSigner] {
        city.issue(role, AUTHORITY, "样例市自然资源和规划局", now)?;
    }
    let office = Office::new(&city, fonts, now)?;
    let documents = (0..count.clamp(1, 200))
        .map(|n| document(n, fonts, &office.template, now))
        .collect::<Result<Vec<_>>>()?;
    let mut rates = vec![
        rate("OpenSSL 裸签名 SM2", signs, None),
        rate("OpenSSL 裸验签 SM2", verifies, None),
    ];
    codes(&city, count * 10, verifies, &mut rates)?;
    let trust = city.trust(now)?;

    let pick = |n: usize| &documents[n % documents.len()];
    let ofd = each(count, |n| Ok(office.ofd(pick(n))?.len()))?;
    rates.push(rate("OFD 制作并签章（含字体）", ofd, Some(300.0)));
    let pdf = each(count, |n| Ok(office.pdf(pick(n))?.len()))?;
    rates.push(rate("PDF 制作并签名（含字体）", pdf, Some(150.0)));
    let both = each(count, |n| office.both(pick(n)))?;
    rates.push(rate("OFD 与 PDF 一并制作", both, None));

    let (one, other) = (office.ofd(pick(0))?, office.pdf(pick(0))?);
    let judge = Judge::new(&trust);
    let checked = each(count, |_| {
        let report = verify_ofd(black_box(&one), &judge);
        ensure!(report.verdict == Verdict::Valid, "{:?}", report.failures());
        Ok(0)
    })?;
    rates.push(rate("OFD 全部核验", checked, Some(500.0)));
    let checked = each(count, |_| {
        let report = verify_pdf(black_box(&other), &trust);
        ensure!(report.problems.is_empty(), "{:?}", report.problems);
        Ok(0)
    })?;
    rates.push(rate("PDF 全部核验", checked, None));
    Ok(rates)
}

fn now() -> Result<DateTime<Utc>> {
    Ok("2026-11-29T10:00:00Z".parse()?)
}

fn rate(
    label: &'static str,
    (per_second, bytes): (f64, usize),
    wanted: Option<f64>,
) -> CertificateRate {
    CertificateRate {
        label,
        per_second,
        wanted,
        bytes: (bytes > 0).then_some(bytes),
    }
}

fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Rate of an operation, and what its last run returned. A tenth of the runs goes ahead uncounted.
fn each(count: usize, mut work: impl FnMut(usize) -> Result<usize>) -> Result<(f64, usize)> {
    let mut last = 0;
    for n in 0..count.div_ceil(10) {
        last = work(n)?;
    }
    let start = seconds();
    for n in 0..count {
        last = black_box(work(n)?);
    }
    Ok((count as f64 / (seconds() - start), last))
}

/// Codes of certificates: 53 bytes with a raw signature.
fn codes(
    city: &City,
    count: usize,
    openssl: (f64, usize),
    rates: &mut Vec<CertificateRate>,
) -> Result<()> {
    let signer = city.signer(Role::CodeSigner, AUTHORITY)?;
    let payload = |n: usize| {
        let mut bytes = [7; 53];
        bytes[3..11].copy_from_slice(&(n as u64).to_be_bytes());
        bytes
    };
    let signed = each(count, |n| {
        black_box(signer.sign(&payload(n))?);
        Ok(0)
    })?;
    rates.push(rate("二维码签名", signed, None));
    let signature = signer.sign(&payload(1))?;
    let key = signer.certificate().key().clone();
    let verified = each(count, |_| {
        ensure!(key.verify(black_box(&payload(1)), &signature));
        Ok(0)
    })?;
    rates.push(rate("二维码验签", verified, Some(openssl.0)));
    Ok(())
}

/// Signatures and verifications per second of `openssl speed sm2`, in processor time.
fn openssl() -> Result<((f64, usize), (f64, usize))> {
    let output = Command::new("openssl")
        .args(["speed", "-seconds", "1", "sm2"])
        .output()
        .context("没有找到 openssl")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().rev().find(|line| line.contains("SM2"));
    let numbers: Vec<f64> = line
        .context("openssl speed sm2 没有结果")?
        .split_whitespace()
        .rev()
        .take(2)
        .filter_map(|word| word.parse().ok())
        .collect();
    let [verifies, signs] = numbers[..] else {
        anyhow::bail!("看不懂 openssl speed sm2 的结果");
    };
    Ok(((signs, 0), (verifies, 0)))
}

/// What an authority issues with.
struct Office {
    ofd: OfdWriter,
    pdf: PdfWriter,
    template: Arc<Template>,
    seal: Seal,
    seal_signer: SoftwareSigner,
    pdf_signer: SoftwareSigner,
    place: SealPlace,
    now: DateTime<Utc>,
}

impl Office {
    fn new(city: &City, fonts: &'static Fonts, now: DateTime<Utc>) -> Result<Office> {
        let seal_signer = city.signer(Role::SealSigner, AUTHORITY)?;
        let bytes = seal_picture("样例市自然资源和规划局", "不动产登记专用章", fonts)?;
        let spec = SealSpec {
            id: "51040000000001".to_owned(),
            name: "样例市自然资源和规划局不动产登记专用章".to_owned(),
            signers: vec![seal_signer.certificate().clone()],
            created: now,
            valid_from: now,
            valid_until: now + Duration::days(1000),
            picture: Picture {
                format: "PNG".to_owned(),
                bytes: bytes.clone(),
                width: 40,
                height: 40,
            },
        };
        Ok(Office {
            ofd: OfdWriter::new(fonts),
            pdf: PdfWriter::new(fonts),
            template: Arc::new(template(fonts)?),
            seal: Seal::make(&spec, &city.signer(Role::SealMaker, "")?)?,
            seal_signer,
            pdf_signer: city.signer(Role::PdfSigner, AUTHORITY)?,
            place: SealPlace {
                page: 0,
                x: 100.0,
                y: 122.0,
                width: 40.0,
                height: 40.0,
                picture: Arc::new(Image::read(bytes)?),
            },
            now,
        })
    }

    fn sealing(&self) -> Sealing<'_> {
        const PLACE: [StampPlace; 1] = [StampPlace {
            page: 0,
            x: 100.0,
            y: 122.0,
        }];
        Sealing {
            seal: &self.seal,
            signer: &self.seal_signer,
            places: &PLACE,
            time: self.now,
            stamper: None,
        }
    }

    fn signing(&self) -> Signing<'_> {
        Signing {
            signer: &self.pdf_signer,
            seal: Some(&self.place),
            time: self.now,
            stamper: None,
        }
    }

    fn ofd(&self, document: &Document) -> Result<Vec<u8>> {
        Ok(seal_ofd(&self.ofd, document, &self.sealing())?)
    }

    fn pdf(&self, document: &Document) -> Result<Vec<u8>> {
        Ok(sign_pdf(&self.pdf, document, &self.signing())?)
    }

    /// Both, with one cut of the fonts.
    fn both(&self, document: &Document) -> Result<usize> {
        let subsets = Subsets::of(document, self.ofd.fonts())?;
        let ofd = seal_with(&self.ofd, document, &subsets, &self.sealing())?;
        let pdf = sign_with(&self.pdf, document, &subsets, &self.signing())?;
        Ok(ofd.len() + pdf.len())
    }
}

fn template(fonts: &Fonts) -> Result<Template> {
    let mut page = Canvas::new(Size::A4_LANDSCAPE, fonts);
    page.rect(8.0, 8.0, 281.0, 194.0, Stroke::new(0.6, Colour::SEAL));
    page.centred(82.0, 38.0, 7.0, "不动产权证书（电子）")?;
    let law = [
        "根据《中华人民共和国民法典》等法律法规，为保护",
        "不动产权利人合法权益，对不动产权利人申请登记的本",
        "证所列不动产权利，经审查核实，准予登记，颁发此证。",
    ];
    for (n, line) in law.iter().enumerate() {
        page.text(29.0, 60.0 + 9.0 * n as f64, 5.0, line)?;
    }
    let labels = [
        "权利人",
        "共有情况",
        "坐落",
        "不动产单元号",
        "权利类型",
        "权利性质",
        "用途",
        "面积",
        "使用期限",
        "权利其他状况",
        "附记",
    ];
    for (n, label) in labels.iter().enumerate() {
        let y = 37.8 + 10.35 * n as f64;
        page.rect(157.4, y, 112.4, 10.35, Stroke::new(0.2, Colour::BLACK));
        page.text(159.0, y + 6.8, 4.4, label)?;
    }
    Ok(Template::from(("title", page.finish())))
}

/// A certificate with a code and a plan; names and places differ from one to the next.
fn document(
    n: usize,
    fonts: &Fonts,
    template: &Arc<Template>,
    now: DateTime<Utc>,
) -> Result<Document> {
    let names: Vec<char> = NAMES.chars().collect();
    let pick = |k: usize| names[(n * 7 + k * 11) % names.len()];
    let holder: String = [pick(0), pick(1), '、', pick(2), pick(3), pick(4)]
        .iter()
        .collect();
    let values = [
        holder,
        "共同共有".to_owned(),
        format!(
            "样例市东区炳草岗大街{}号{}幢{}单元",
            n % 300 + 1,
            n % 9 + 1,
            n % 4 + 1
        ),
        format!("510411001001GB{:05}F00010{:03}", n % 99_999, n % 999),
        "国有建设用地使用权/房屋所有权".to_owned(),
        "出让/市场化商品房".to_owned(),
        "城镇住宅用地/成套住宅".to_owned(),
        format!(
            "共有宗地面积 {}.5 ㎡/房屋建筑面积 98.{:02} ㎡",
            n % 5000,
            n % 100
        ),
        "国有建设用地使用权 2010年3月1日起2080年2月28日止".to_owned(),
        "房屋结构：钢筋混凝土；总层数：18层；所在层：6层；竣工时间：2012年".to_owned(),
        "业务编号与缮证本印刷序列号见登记系统".to_owned(),
    ];
    let mut page = Canvas::over(template, fonts);
    for (row, value) in values.iter().enumerate() {
        let y = 44.6 + 10.35 * row as f64;
        page.text(190.0, y, 3.2, value)?.field("KZ");
    }
    page.text(
        157.4,
        30.0,
        5.0,
        &format!("样（2026）样例市不动产权第{n:07}号"),
    )?;
    let dark = (0..49 * 49).map(|k| (k * 31 + n) % 5 < 2).collect();
    page.qr(30.0, 140.0, 33.0, QrModules::new(dark).context("code")?);
    let mut plan = Canvas::new(Size::A4_LANDSCAPE, fonts);
    let shift = (n % 20) as f64;
    let corners = [
        (60.0, 50.0),
        (180.0 + shift, 55.0),
        (170.0, 150.0),
        (70.0, 140.0),
    ];
    plan.path(
        Path::polyline(&corners, true),
        Stroke::new(0.4, Colour::BLACK),
    );
    for (k, (x, y)) in corners.into_iter().enumerate() {
        plan.text(
            x,
            y,
            4.0,
            &format!("J{} 边长{}.{:02}", k + 1, n % 90 + 10, k * 7),
        )?;
    }
    Ok(Document {
        meta: Meta {
            id: (n as u128).to_be_bytes(),
            title: "不动产权证书".to_owned(),
            author: "样例市自然资源和规划局".to_owned(),
            subject: String::new(),
            created: now.date_naive(),
            custom: Vec::new(),
        },
        pages: vec![page.finish(), plan.finish()],
        attachments: Vec::new(),
    })
}
