//! What an authority sets of fees (收费参数), kept with its other settings under the key `fees`.

use chrono::NaiveDate;
use dengbu_store::{TenantTx, authority_list};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FeeError;
use crate::tax::table;

const KEY: &str = "fees";

/// Settings of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeeSettings {
    /// Before which step the fee must be settled.
    pub settle_before: SettleBefore,
    /// The general rate of deed tax here; none: that of the data.
    pub deed_rate: Option<Decimal>,
    /// Names of banks and companies that settle once a month (月结).
    pub monthly_payers: Vec<String>,
}

impl Default for FeeSettings {
    fn default() -> Self {
        Self {
            settle_before: SettleBefore::Certificate,
            deed_rate: None,
            monthly_payers: Vec::new(),
        }
    }
}

/// Before which step the fee must be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettleBefore {
    /// 缮证.
    Certificate,
    /// 发证.
    Delivery,
    /// Not demanded.
    Never,
}

impl FeeSettings {
    /// Whether this payer settles once a month.
    #[must_use]
    pub fn monthly(&self, payer: &str) -> bool {
        self.monthly_payers.iter().any(|p| p == payer)
    }

    /// Checks and tidies settings given by a person.
    ///
    /// # Errors
    /// [`FeeError::Field`].
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, FeeError> {
        if let (Some(rate), Some((low, high))) = (self.deed_rate, table::local_limits(today))
            && (rate < low || rate > high)
        {
            let percent = |r: Decimal| (r * Decimal::from(100)).normalize();
            let message = format!(
                "契税税率应在 {}% 至 {}% 之间（契税法第三条）",
                percent(low),
                percent(high)
            );
            return Err(FeeError::field("/deed_rate", "out_of_range", message));
        }
        for payer in &mut self.monthly_payers {
            *payer = payer.trim().to_owned();
        }
        self.monthly_payers.retain(|p| !p.is_empty());
        self.monthly_payers.sort();
        self.monthly_payers.dedup();
        let bad = |p: &String| p.chars().count() > 100 || p.contains('\0');
        if self.monthly_payers.len() > 200 || self.monthly_payers.iter().any(bad) {
            let message = "月结单位最多 200 个，每个名称不超过 100 字";
            return Err(FeeError::field("/monthly_payers", "too_long", message));
        }
        Ok(self)
    }
}

/// The settings of an authority; defaults where it set none.
///
/// # Errors
/// A database error.
pub async fn load(tx: &mut TenantTx, authority: &str) -> Result<FeeSettings, FeeError> {
    let found: Option<Option<Value>> =
        sqlx::query_scalar("select settings -> 'fees' from authority where authority = $1")
            .bind(authority)
            .fetch_optional(tx.conn())
            .await?;
    Ok(found
        .flatten()
        .and_then(|v| serde_json::from_value(v).ok())
        .unwrap_or_default())
}

/// Sets the settings of an authority.
///
/// # Errors
/// A database error.
pub async fn save(
    tx: &mut TenantTx,
    authority: &str,
    settings: &FeeSettings,
) -> Result<(), FeeError> {
    let value = serde_json::to_value(settings).unwrap_or_default();
    authority_list::put_setting(tx, authority, KEY, &value).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_outside_the_law_is_refused() {
        let with = |rate: &str| FeeSettings {
            deed_rate: Some(rate.parse().unwrap()),
            monthly_payers: vec![
                " 乙银行 ".into(),
                "甲银行".into(),
                "甲银行".into(),
                String::new(),
            ],
            ..FeeSettings::default()
        };
        let day = "2026-11-23".parse().unwrap();
        assert!(with("0.029").checked(day).is_err());
        assert!(
            with("0.051")
                .checked(day)
                .unwrap_err()
                .to_string()
                .contains("3%")
        );
        let good = with("0.04").checked(day).unwrap();
        assert_eq!(good.monthly_payers, ["乙银行", "甲银行"]);
        assert!(good.monthly("甲银行") && !good.monthly("丙银行"));
    }
}
