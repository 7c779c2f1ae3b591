//! The old papers of a case (收回旧证): what was handed in at the counter is back when the case is
//! recorded; what was declared lost cannot come back. The rest is awaited
//! ([`dengbu_register::returns`]).

use dengbu_law::catalogue::NoticeKind;
use dengbu_register::returns::{self, Mark, ReturnState};
use dengbu_store::TenantTx;

use crate::case::Case;
use crate::{CaseError, Doing, materials};

/// Items of the checklist that are the papers themselves, with the kind of paper they are.
const HANDED_IN: [(&str, &str); 2] = [("B1", "title"), ("B2", "proof")];

/// Marks the papers that the recording of this case made void, as far as it is known what became of
/// them (实施细则第二十二条、第二十三条).
pub(crate) async fn recorded(
    tx: &mut TenantTx,
    case: &Case,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let lost = case.business.notice.as_ref().map(|n| n.kind) == Some(NoticeKind::Loss);
    let (state, kinds, note) = if lost {
        let all = HANDED_IN.map(|(_, kind)| kind).to_vec();
        let note = "遗失（灭失）声明期满，原证（证明）作废";
        (ReturnState::Unreturned, all, note)
    } else {
        let papers = materials::list(tx, case).await?;
        let original = |item: &str| {
            papers
                .iter()
                .any(|m| m.item == item && m.original && m.source == "upload")
        };
        let kinds = HANDED_IN.iter().filter(|(item, _)| original(item));
        let kinds = kinds.map(|(_, kind)| *kind).collect();
        (ReturnState::Returned, kinds, "收件时收回原件")
    };
    if kinds.is_empty() {
        return Ok(());
    }
    let mark = Mark {
        state,
        at: doing.now,
        by: doing.name,
        note: Some(note),
    };
    returns::mark_of_case(tx, &case.county, &case.case_no, &kinds, &mark).await?;
    Ok(())
}
