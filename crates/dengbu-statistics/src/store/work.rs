//! What each person did (人员工作量), from the index of moves alone.

use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::StatisticsError;
use crate::figures::Work;
use crate::period::Period;

/// A person's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub staff_id: Uuid,
    /// Name as recorded with the moves.
    pub name: String,
    /// What they did.
    pub work: Work,
}

/// What each person did on cases of these authorities, by name. The automatic decision is a
/// person of its own.
///
/// # Errors
/// A database error.
pub async fn work(
    tx: &mut TenantTx,
    period: Period,
    authorities: &[String],
) -> Result<Vec<Person>, StatisticsError> {
    let rows: Vec<(Uuid, String, String, i64)> = sqlx::query_as(
        "select e.actor_id, max(e.actor_name), e.action, count(*) from case_event e
         where e.county in (select county from authority_county where authority = any($3))
               and e.at >= $1 and e.at < $2
               and e.action in ('submit', 'agree', 'record', 'auto_decide', 'make_certificate', 'deliver',
                                'archive', 'send_back', 'correct', 'reject_acceptance', 'refuse')
         group by e.actor_id, e.action order by max(e.actor_name), e.actor_id",
    )
    .bind(period.begins())
    .bind(period.ends())
    .bind(authorities)
    .fetch_all(tx.conn())
    .await?;
    let mut people: Vec<Person> = Vec::new();
    for (staff_id, name, action, count) in rows {
        let at = people.iter().position(|p| p.staff_id == staff_id);
        let at = at.unwrap_or_else(|| {
            people.push(Person {
                staff_id,
                name,
                work: Work::default(),
            });
            people.len() - 1
        });
        let work = &mut people[at].work;
        let figure = match action.as_str() {
            "submit" => &mut work.accepted,
            "agree" => &mut work.agreed,
            "record" | "auto_decide" => &mut work.recorded,
            "make_certificate" => &mut work.certificates,
            "deliver" => &mut work.delivered,
            "archive" => &mut work.archived,
            "send_back" | "correct" => &mut work.sent_back,
            _ => &mut work.refused,
        };
        *figure += count;
    }
    Ok(people)
}
