//! Finding units and buildings.

use dengbu_model::address::normalise_address;
use dengbu_store::TenantTx;
use serde::Serialize;

use crate::CadastreError;
use crate::load::bigrams;

/// Rows a search gives at most.
pub const LIMIT_MAX: i64 = 100;

/// Turns what a person typed into a LIKE pattern over normalised addresses and
/// the character pairs that every hit must hold.
fn pattern(text: &str) -> Result<(String, Option<Vec<String>>), CadastreError> {
    let normal = normalise_address(text);
    let count = normal.chars().count();
    if count < 2 {
        return Err(CadastreError::BadQuery(
            "请至少输入两个字，例如“竹湖”".to_owned(),
        ));
    }
    if count > 100 {
        return Err(CadastreError::BadQuery(
            "查询内容过长，请缩短到 100 字以内".to_owned(),
        ));
    }
    let escaped: String = normal
        .chars()
        .flat_map(|c| {
            if matches!(c, '%' | '_' | '\\') {
                vec!['\\', c]
            } else {
                vec![c]
            }
        })
        .collect();
    // a two-character text has no trigram: its one pair finds it
    let grams = (count == 2).then(|| bigrams(&normal));
    Ok((format!("%{escaped}%"), grams))
}

/// Units whose address holds the text, in order of their codes after `after`.
///
/// # Errors
/// [`CadastreError::BadQuery`] when the text is too short or too long.
pub async fn units_by_address(
    tx: &mut TenantTx,
    text: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<String>, CadastreError> {
    let (pattern, grams) = pattern(text)?;
    let rows: Vec<(String, String)> =
        sqlx::query_as("select county, unit_code from search_units_by_address($1, $2, $3, $4)")
            .bind(pattern)
            .bind(grams)
            .bind(after.unwrap_or(""))
            .bind(i32::try_from(limit.clamp(1, LIMIT_MAX + 1)).unwrap_or(i32::MAX))
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(|r| r.1).collect())
}

/// A building as listed.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct BuildingSummary {
    /// Building code (自然幢号, ZRZH).
    pub building_code: String,
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Storeys above ground.
    pub storeys_total: Option<i32>,
    /// Units in it.
    pub units: i64,
}

/// Buildings whose address or name holds the text; all of them when it is empty.
///
/// # Errors
/// [`CadastreError::BadQuery`] when the text is too short or too long.
pub async fn buildings(
    tx: &mut TenantTx,
    text: &str,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<BuildingSummary>, CadastreError> {
    let pattern = if text.trim().is_empty() {
        "%".to_owned()
    } else {
        pattern(text)?.0
    };
    Ok(sqlx::query_as(
        "select b.building_code, b.name, b.address, b.storeys_above as storeys_total,
                (select count(*) from estate_unit u
                  where u.county = b.county and u.building_code = b.building_code) as units
         from search_buildings($1, $2, $3) f
         join building b on b.county = f.county and b.building_code = f.building_code
         order by b.building_code",
    )
    .bind(pattern)
    .bind(after.unwrap_or(""))
    .bind(i32::try_from(limit.clamp(1, LIMIT_MAX + 1)).unwrap_or(i32::MAX))
    .fetch_all(tx.conn())
    .await?)
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn wildcards_of_the_person_are_plain_characters() {
        let (p, _) = pattern("100%_湖").unwrap();
        assert!(p.contains("\\%\\_"), "{p}");
    }

    #[test]
    fn short_texts_are_refused_in_plain_words() {
        assert!(pattern("竹").unwrap_err().to_string().contains("两个字"));
        assert!(pattern("竹湖").unwrap().1.is_some());
        assert!(pattern("竹湖园").unwrap().1.is_none());
    }
}
