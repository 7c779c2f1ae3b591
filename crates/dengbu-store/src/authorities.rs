//! Registration authorities (登记机构) as data: a city is a file, not code.

use serde::Deserialize;
use sqlx::{Connection, PgConnection};

use crate::scope::Scope;
use crate::store::{StoreError, connect_options};

/// Panzhihua's three authorities, five counties and their halls.
pub const PANZHIHUA: &str = include_str!("../data/panzhihua.toml");

/// A file of authorities.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityFile {
    /// The authorities of the city.
    pub authority: Vec<AuthoritySeed>,
}

/// One registration authority (登记机构).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthoritySeed {
    /// Six-digit code of the authority.
    pub authority: String,
    /// Full name, as it signs certificates.
    pub name: String,
    /// Place name in certificate numbers.
    pub place_name: String,
    /// Province abbreviation in certificate numbers.
    #[serde(default = "sichuan")]
    pub province_short: String,
    /// Counties the authority registers for.
    pub counties: Vec<CountySeed>,
    /// Halls of the authority.
    #[serde(default)]
    pub offices: Vec<OfficeSeed>,
}

/// A county (县级行政区) of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountySeed {
    /// Six-digit code.
    pub county: String,
    /// Name.
    pub name: String,
}

/// A hall (登记大厅) of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeSeed {
    /// Code, unique within the authority.
    pub office_id: String,
    /// Name.
    pub name: String,
    /// County whose cases it takes by default.
    pub county: String,
    /// Street address.
    #[serde(default)]
    pub address: String,
}

fn sichuan() -> String {
    "川".to_owned()
}

impl AuthorityFile {
    /// Reads a file and checks its codes: six digits, every county of one authority only, every
    /// hall in a county of its authority.
    pub fn parse(text: &str) -> Result<AuthorityFile, StoreError> {
        let file: AuthorityFile =
            toml::from_str(text).map_err(|error| StoreError::Seed(error.to_string()))?;
        let mut counties = std::collections::BTreeSet::new();
        for authority in &file.authority {
            Scope::single(&authority.authority)?;
            for county in &authority.counties {
                Scope::single(&county.county)?;
                if !counties.insert(county.county.as_str()) {
                    let text = format!("区县 {} 出现在两个登记机构中", county.county);
                    return Err(StoreError::Seed(text));
                }
            }
            for office in &authority.offices {
                if !authority
                    .counties
                    .iter()
                    .any(|county| county.county == office.county)
                {
                    return Err(StoreError::Seed(format!(
                        "登记大厅 {} 的区县 {} 不属于登记机构 {}",
                        office.office_id, office.county, authority.authority
                    )));
                }
            }
        }
        Ok(file)
    }

    /// The scope over everything in the file.
    pub fn scope(&self) -> Result<Scope, StoreError> {
        let codes = self.authority.iter().flat_map(|authority| {
            let counties = authority
                .counties
                .iter()
                .map(|county| county.county.clone());
            std::iter::once(authority.authority.clone()).chain(counties)
        });
        Ok(Scope::new(codes)?)
    }
}

/// Writes the authorities of `file` as the owner; what is there already gets the file's names,
/// and keeps its settings.
pub async fn seed_authorities(owner_url: &str, file: &AuthorityFile) -> Result<(), StoreError> {
    let mut conn = PgConnection::connect_with(&connect_options(owner_url)?).await?;
    // Offices are under row security even for the owner.
    let begin = format!("BEGIN; SET LOCAL app.scope = '{}'", file.scope()?.literal());
    let mut tx = conn.begin_with(sqlx::AssertSqlSafe(begin)).await?;
    for seed in &file.authority {
        sqlx::query(
            "insert into authority (authority, name, place_name, province_short) \
             values ($1, $2, $3, $4) on conflict (authority) do update \
             set name = excluded.name, place_name = excluded.place_name, \
                 province_short = excluded.province_short",
        )
        .bind(&seed.authority)
        .bind(&seed.name)
        .bind(&seed.place_name)
        .bind(&seed.province_short)
        .execute(&mut *tx)
        .await?;
        for county in &seed.counties {
            sqlx::query(
                "insert into authority_county (authority, county, name) values ($1, $2, $3) \
                 on conflict (authority, county) do update set name = excluded.name",
            )
            .bind(&seed.authority)
            .bind(&county.county)
            .bind(&county.name)
            .execute(&mut *tx)
            .await?;
        }
        for office in &seed.offices {
            sqlx::query(
                "insert into office (authority, office_id, name, address, county) \
                 values ($1, $2, $3, $4, $5) on conflict (authority, office_id) do update \
                 set name = excluded.name, county = excluded.county",
            )
            .bind(&seed.authority)
            .bind(&office.office_id)
            .bind(&office.name)
            .bind(&office.address)
            .bind(&office.county)
            .execute(&mut *tx)
            .await?;
        }
    }
    tx.commit().await?;
    conn.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panzhihua_has_three_authorities_and_five_counties() {
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        let scope = file.scope().unwrap();
        assert_eq!(
            scope.codes(),
            ["510400", "510402", "510403", "510411", "510421", "510422"]
        );
        assert_eq!(file.authority[0].province_short, "川");
    }

    #[test]
    fn a_county_belongs_to_one_authority() {
        let twice = PANZHIHUA.replace("county = \"510422\", name", "county = \"510421\", name");
        assert!(matches!(
            AuthorityFile::parse(&twice),
            Err(StoreError::Seed(_))
        ));
    }
}
