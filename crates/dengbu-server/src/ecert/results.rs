//! Result papers of searches (查询结果证明、登记簿查询摘录、有房无房证明) as electronic certificates: their
//! content is that of the paper kept, byte for byte.

use dengbu_certlib::record::ECertificate;
use dengbu_ecert::content::Head;
use dengbu_ecert::holder::CertificateHolder;
use dengbu_ecert::{Content, DocumentKind, Identifier};
use dengbu_model::time::date_in_shanghai;
use dengbu_search::{application, issue};
use dengbu_store::TenantTx;

use super::facts::{Hindrance, Work, authority_code};
use crate::gather::Names;
use crate::problem::Problem;
use crate::views::proof;

/// Letters for the beginning of a paper's number: an identifier takes digits and letters only
/// (GB/T 36904-2018), and the numbers run by beginning.
const LETTERS: [(&str, &str); 4] = [("有房", "Y"), ("无房", "W"), ("查", "C"), ("摘", "Z")];

/// The content of a result paper of the library.
///
/// # Errors
/// [`Hindrance`].
pub async fn work(tx: &mut TenantTx, c: &ECertificate, names: &Names) -> Result<Work, Hindrance> {
    let search_no = c.search_no.as_deref().unwrap_or_default();
    let found = application::load(tx, search_no, false)
        .await
        .map_err(Problem::from)?;
    let kept = issue::one(tx, &found, &c.certificate_no)
        .await
        .map_err(Problem::from)?;
    let facts = proof::full(&kept)
        .filter(|_| kept.genuine)
        .ok_or_else(|| Hindrance::fault("damaged", "文书的存档内容与校验值不符，不能制证"))?;
    let kind = DocumentKind::from_code(&c.kind)
        .ok_or_else(|| Hindrance::fault("content", "不认识的文书种类"))?;
    let issued_on = date_in_shanghai(c.issued_at);
    let head = head(c, kind, issued_on, names)?;
    let applicants = vec![CertificateHolder::of_party(&found.request.applicant)];
    let content = Content::of_result(kind, head, applicants, &facts)
        .map_err(|faults| Hindrance::content(&faults))?;
    Ok(Work {
        content,
        plans: Vec::new(),
        list_index: u32::try_from(c.list_index).unwrap_or(0),
        issued_on,
    })
}

fn head(
    c: &ECertificate,
    kind: DocumentKind,
    issued_on: chrono::NaiveDate,
    names: &Names,
) -> Result<Head, Hindrance> {
    let authority_code = authority_code(&c.authority, names);
    let serial = serial(&c.certificate_no)
        .ok_or_else(|| Hindrance::fault("number", "文书编号不规范，不能编制证照标识"))?;
    let version = u16::try_from(c.version).unwrap_or(u16::MAX);
    let type_code = kind.type_code(&authority_code);
    // where no 统一社会信用代码 is configured, the local kind's code is filled up to its 21 characters
    let type_code = format!("{type_code:0>21}");
    let identifier = Identifier::new(&type_code, &authority_code, &serial, version)
        .map_err(|e| Hindrance::fault("number", e.to_string()))?;
    Ok(Head {
        number: c.certificate_no.clone(),
        identifier,
        authority_name: names.authority(&c.authority),
        authority_code,
        authority: c.authority.clone(),
        county: c.county.clone(),
        issued_on,
        valid_from: None,
        valid_to: None,
        case_no: None,
    })
}

/// 有房2026510400000001 → 2026Y000001: year, beginning, running number.
fn serial(number: &str) -> Option<String> {
    let (beginning, letter) = LETTERS.iter().find(|(b, _)| number.starts_with(b))?;
    let digits = number.strip_prefix(beginning)?;
    let plain = digits.len() >= 16 && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| format!("{}{letter}{}", &digits[..4], &digits[10..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_a_serial_of_digits_and_letters() {
        assert_eq!(serial("有房2026510400000001").unwrap(), "2026Y000001");
        assert_eq!(serial("无房2026510400000001").unwrap(), "2026W000001");
        assert_eq!(serial("查2026510400000012").unwrap(), "2026C000012");
        assert_eq!(serial("摘2026510400000012").unwrap(), "2026Z000012");
        for bad in [
            "不予查2026510400000001",
            "查2026",
            "查20265104000000一2",
            "",
        ] {
            assert_eq!(serial(bad), None, "{bad}");
        }
    }
}
