//! What a fresh cluster needs before the first migration: roles, database, search.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::EngineError;
use crate::store::{check_search, connect_options};

/// The owner makes databases (tests) and the server's role (first migration); neither role is
/// superuser or passes row security by.
const ROLES: &str = "do $$ begin \
    if not exists (select from pg_roles where rolname = 'dengbu_owner') then \
        create role dengbu_owner login nosuperuser createdb createrole nobypassrls; \
    end if; \
    if not exists (select from pg_roles where rolname = 'dengbu_app') then \
        create role dengbu_app login nosuperuser nocreatedb nocreaterole nobypassrls; \
    end if; \
end $$";

/// Refuses a name that could not stand in SQL as it is.
pub(super) fn check_name(name: &str) -> Result<(), EngineError> {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
    let goes_well =
        bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    // 63: PostgreSQL cuts longer names off in silence.
    if starts_well && goes_well && name.len() <= 63 {
        return Ok(());
    }
    Err(EngineError::DatabaseName {
        name: name.to_owned(),
    })
}

pub(super) async fn roles(conn: &mut PgConnection) -> Result<(), EngineError> {
    sqlx::raw_sql(ROLES).execute(conn).await?;
    Ok(())
}

pub(super) async fn database(conn: &mut PgConnection, name: &str) -> Result<(), EngineError> {
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(&mut *conn)
            .await?;
    if !exists {
        let create = format!("create database {name} owner dengbu_owner template template0");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(conn).await?;
    }
    Ok(())
}

/// Installs pg_trgm and checks that it knows Chinese characters for letters.
pub(super) async fn search(url: &str) -> Result<(), EngineError> {
    let mut conn = PgConnection::connect_with(&connect_options(url)?).await?;
    sqlx::raw_sql("create extension if not exists pg_trgm")
        .execute(&mut conn)
        .await?;
    check_search(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_sql_unquoted() {
        for good in ["dengbu", "t_0190", "a"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "_x",
            "1a",
            "Dengbu",
            "a-b",
            "a;drop",
            "登簿",
            &"a".repeat(64),
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
