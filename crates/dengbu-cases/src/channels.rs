//! Trusted channels (可信渠道): which account may speak for which department over an interface.
//! Kept in `authority.settings`, key [`crate::automatic::TRUSTED_KEY`].

use dengbu_law::application::FieldError;
use dengbu_store::TenantTx;
use serde_json::{Value, json};

use crate::CaseError;
use crate::automatic::TRUSTED_KEY;

/// Sources of one channel at most.
pub const SOURCES_MAX: usize = 30;

/// An account and the departments it speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// User name of the account that connects.
    pub account: String,
    /// Departments, such as `税务`.
    pub sources: Vec<String>,
}

/// The channels an authority with these settings trusts, by account.
#[must_use]
pub fn of(settings: &Value) -> Vec<Channel> {
    let stored = settings.get(TRUSTED_KEY).and_then(Value::as_object);
    let mut found: Vec<Channel> = stored
        .into_iter()
        .flatten()
        .map(|(account, sources)| Channel {
            account: account.clone(),
            sources: sources
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|s| s.as_str().map(str::to_owned))
                .collect(),
        })
        .collect();
    found.sort_by(|a, b| a.account.cmp(&b.account));
    found
}

fn fault(field: String, message: String) -> CaseError {
    CaseError::Fields(vec![FieldError {
        field,
        code: "invalid",
        message,
    }])
}

/// The sources as they are kept: trimmed, each once.
fn checked(sources: &[String]) -> Result<Vec<String>, CaseError> {
    if sources.len() > SOURCES_MAX {
        let message = format!("一个渠道最多 {SOURCES_MAX} 个来源");
        return Err(fault("/sources".to_owned(), message));
    }
    let mut kept: Vec<String> = Vec::new();
    for (i, source) in sources.iter().enumerate() {
        let name = source.trim();
        let fits = (1..=50).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if !fits {
            let message = "来源名称应为 1 至 50 字，例如 税务".to_owned();
            return Err(fault(format!("/sources/{i}"), message));
        }
        if !kept.iter().any(|k| k == name) {
            kept.push(name.to_owned());
        }
    }
    Ok(kept)
}

/// Sets what an account speaks for; nothing: it is no channel any more. It holds for data given
/// from then on.
///
/// # Errors
/// [`CaseError::Fields`]; a database error.
pub async fn set(
    tx: &mut TenantTx,
    authority: &str,
    account: &str,
    sources: &[String],
) -> Result<Channel, CaseError> {
    tx.require(authority)?;
    let sources = checked(sources)?;
    // one statement: two changes at once do not lose one
    sqlx::query(
        "update authority set settings = settings || jsonb_build_object($2::text,
             case when jsonb_array_length($4::jsonb) = 0
                  then coalesce(settings -> $2, '{}'::jsonb) - $3::text
                  else coalesce(settings -> $2, '{}'::jsonb) || jsonb_build_object($3::text, $4::jsonb) end)
         where authority = $1",
    )
    .bind(authority)
    .bind(TRUSTED_KEY)
    .bind(account)
    .bind(json!(sources))
    .execute(tx.conn())
    .await?;
    Ok(Channel {
        account: account.to_owned(),
        sources,
    })
}
