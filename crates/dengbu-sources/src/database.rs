//! Tables of PostgreSQL and MySQL databases of others, read over the network in a read-only
//! session.
//!
//! Every column is asked for as text, so that no type of a foreign database is unknown; shapes come
//! as well-known binary. Rows are streamed.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, Row};

use crate::error::{BrokenRecord, SourceError};
use crate::limits::Limits;
use crate::record::{Cell, Field, FieldKind, Record, Remark};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};
use crate::sqlite::date;
use crate::threaded::{self, Outlet};
use crate::wkb;

/// Whether a place is the address of a database.
pub fn is_address(place: &str) -> bool {
    kind(place).is_some()
}

fn kind(place: &str) -> Option<Format> {
    let scheme = place.split_once("://")?.0;
    match scheme {
        "postgres" | "postgresql" => Some(Format::Postgres),
        "mysql" | "mariadb" => Some(Format::MySql),
        _ => None,
    }
}

/// The address without its password.
fn shown(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.to_owned();
    };
    let (login, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    let user = login.split(':').next().unwrap_or_default();
    let host = host.split('?').next().unwrap_or_default();
    let at = if user.is_empty() { "" } else { "@" };
    format!("{scheme}://{user}{at}{host}")
}

/// A column: name, declared type, whether it is a shape.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    kind: FieldKind,
    shape: bool,
}

#[derive(Debug, Clone)]
struct Table {
    address: String,
    format: Format,
    schema: String,
    name: String,
    columns: Vec<Column>,
    limits: Limits,
}

/// Runs asynchronous work on a thread of its own: the caller may itself be within a runtime.
fn run<T: Send + 'static>(
    work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, String> {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| e.to_string())?;
        runtime.block_on(work).map_err(|e| e.to_string())
    });
    thread
        .join()
        .unwrap_or_else(|_| Err("读取线程异常结束".to_owned()))
}

/// Opens a database: a table for every table and view the account may see.
pub fn open(place: &str, options: &OpenOptions) -> Result<(String, Vec<Entry>), SourceError> {
    let format = kind(place).unwrap_or(Format::Postgres);
    let address = place.replacen("mariadb://", "mysql://", 1);
    let limits = options.limits.clone();
    let listed = run(list(address, format, limits)).map_err(|what| SourceError::Database {
        place: shown(place),
        what: told(&what),
    })?;
    let nowhere = FileAt {
        path: std::path::PathBuf::new(),
        shown: String::new(),
    };
    let entries: Vec<Entry> = listed
        .into_iter()
        .map(|table| {
            let mut info = TableInfo::new(&table.name, &nowhere, format);
            if table.schema != "public" && format == Format::Postgres {
                info.name = format!("{}.{}", table.schema, table.name);
            }
            let plain = table.columns.iter().filter(|c| !c.shape);
            info.fields = plain.map(|c| Field::new(c.name.clone(), c.kind)).collect();
            info.shapes = table.columns.iter().any(|c| c.shape);
            Entry {
                info,
                open: Box::new(table),
            }
        })
        .collect();
    if entries.is_empty() {
        return Err(SourceError::Database {
            place: shown(place),
            what: "没有可读的表。请检查库名和账号的查询权限".to_owned(),
        });
    }
    Ok((shown(place), entries))
}

/// What a driver says, with what to do.
fn told(what: &str) -> String {
    if what.contains("rsa") || what.contains("RSA") || what.contains("caching_sha2") {
        return "账号使用 caching_sha2_password 验证，需要加密连接。请为读取数据建一个 mysql_native_password 账号，或把数据导出为 CSV".to_owned();
    }
    format!("无法连接或读取（{what}）。请检查地址、库名、账号和网络")
}

const POSTGRES_COLUMNS: &str = "SELECT c.table_schema::text, c.table_name::text, c.column_name::text, c.udt_name::text \
     FROM information_schema.columns c \
     WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema') \
       AND c.table_name NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns') \
     ORDER BY c.table_schema, c.table_name, c.ordinal_position";

const MYSQL_COLUMNS: &str = "SELECT CAST(c.TABLE_SCHEMA AS CHAR), CAST(c.TABLE_NAME AS CHAR), CAST(c.COLUMN_NAME AS CHAR), CAST(c.DATA_TYPE AS CHAR) \
     FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = DATABASE() \
     ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";

type Listed = (String, String, String, String);

async fn list(address: String, format: Format, limits: Limits) -> Result<Vec<Table>, sqlx::Error> {
    let columns: Vec<Listed> = if format == Format::MySql {
        let mut connection = MySqlConnection::connect(&address).await?;
        let rows = sqlx::query_as(MYSQL_COLUMNS)
            .fetch_all(&mut connection)
            .await?;
        connection.close().await?;
        rows
    } else {
        let mut connection = PgConnection::connect(&address).await?;
        let rows = sqlx::query_as(POSTGRES_COLUMNS)
            .fetch_all(&mut connection)
            .await?;
        connection.close().await?;
        rows
    };
    let mut tables: Vec<Table> = Vec::new();
    for (schema, table, column, declared) in columns {
        let same = tables
            .last()
            .is_some_and(|t| t.schema == schema && t.name == table);
        if !same {
            tables.push(Table {
                address: address.clone(),
                format,
                schema,
                name: table,
                columns: Vec::new(),
                limits: limits.clone(),
            });
        }
        if let Some(last) = tables
            .last_mut()
            .filter(|t| t.columns.len() < t.limits.fields)
        {
            // The first shape of a table is its shape.
            let shape =
                SHAPES.contains(&declared.as_str()) && !last.columns.iter().any(|c| c.shape);
            last.columns.push(Column {
                name: column,
                kind: field_kind(&declared),
                shape,
            });
        }
    }
    Ok(tables)
}

const SHAPES: [&str; 9] = [
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "geomcollection",
];

fn field_kind(declared: &str) -> FieldKind {
    let d = declared.to_ascii_lowercase();
    if d.contains("int") && d != "interval" && !d.contains("point")
        || ["numeric", "decimal", "float4", "float8", "float", "double"].contains(&d.as_str())
    {
        FieldKind::Number
    } else if d.starts_with("date") || d.starts_with("timestamp") {
        FieldKind::Date
    } else if d == "bool" {
        FieldKind::Truth
    } else if d == "bytea" || d.contains("blob") || d.contains("binary") {
        FieldKind::Binary
    } else {
        FieldKind::Text
    }
}

impl Table {
    /// The query, and whether its last column is a shape.
    fn query(&self) -> (String, bool) {
        let my = self.format == Format::MySql;
        let quoted = |name: &str| {
            if my {
                format!("`{}`", name.replace('`', "``"))
            } else {
                format!("\"{}\"", name.replace('"', "\"\""))
            }
        };
        let mut columns: Vec<String> = self
            .columns
            .iter()
            .filter(|c| !c.shape)
            .map(|c| match (my, c.kind) {
                (_, FieldKind::Binary) => "NULL".to_owned(),
                (true, _) => format!("CAST({} AS CHAR)", quoted(&c.name)),
                (false, _) => format!("{}::text", quoted(&c.name)),
            })
            .collect();
        let shape = self.columns.iter().find(|c| c.shape);
        if let Some(c) = shape {
            columns.push(format!("ST_AsBinary({})", quoted(&c.name)));
        }
        let from = format!("{}.{}", quoted(&self.schema), quoted(&self.name));
        (
            format!("SELECT {} FROM {from}", columns.join(", ")),
            shape.is_some(),
        )
    }

    fn record(&self, number: u64, texts: Vec<Option<String>>, shape: Option<Vec<u8>>) -> Record {
        let plain = self.columns.iter().filter(|c| !c.shape);
        let mut record = Record {
            number,
            cells: plain
                .zip(texts)
                .map(|(c, t)| cell(c.kind, t.as_deref()))
                .collect(),
            ..Record::default()
        };
        if let Some(bytes) = shape {
            match wkb::read(&bytes, self.limits.points) {
                Ok(geometry) => record.geometry = Some(geometry),
                Err(why) => record.remarks.push(Remark::on_shape(why)),
            }
        }
        record
    }
}

fn cell(kind: FieldKind, text: Option<&str>) -> Cell {
    let Some(text) = text else {
        return Cell::Empty;
    };
    match (kind, text) {
        (FieldKind::Number, t) => Cell::from_number_text(t),
        (FieldKind::Date, t) => date(t),
        (FieldKind::Truth, "t" | "true" | "1") => Cell::Text("是".to_owned()),
        (FieldKind::Truth, "f" | "false" | "0") => Cell::Text("否".to_owned()),
        (_, t) => Cell::from_text(t),
    }
}

impl Open for Table {
    fn records(&self) -> Result<Records, SourceError> {
        let table = self.clone();
        Ok(threaded::stream(&self.name, move |out| {
            let name = table.name.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let read = match runtime {
                Ok(runtime) => runtime.block_on(async {
                    if table.format == Format::MySql {
                        my_rows(&table, out).await
                    } else {
                        pg_rows(&table, out).await
                    }
                }),
                Err(e) => Err(sqlx::Error::Io(e)),
            };
            match read {
                Ok(()) => Ok(()),
                Err(e) => out.send(Err(BrokenRecord::new(
                    &name,
                    0,
                    format!("读取中断：{}", told(&e.to_string())),
                ))),
            }
        }))
    }
}

async fn pg_rows(table: &Table, out: &mut Outlet) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(&table.address).await?;
    sqlx::query("SET default_transaction_read_only = on")
        .execute(&mut connection)
        .await?;
    let (sql, shaped) = table.query();
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
    let mut number = 0;
    while let Some(row) = rows.try_next().await? {
        number += 1;
        let plain = row.len() - usize::from(shaped);
        let texts = (0..plain)
            .map(|i| row.try_get(i))
            .collect::<Result<_, _>>()?;
        let shape = if shaped { row.try_get(plain)? } else { None };
        if out.send(Ok(table.record(number, texts, shape))).is_err() {
            break;
        }
    }
    Ok(())
}

async fn my_rows(table: &Table, out: &mut Outlet) -> Result<(), sqlx::Error> {
    let mut connection = MySqlConnection::connect(&table.address).await?;
    sqlx::query("SET SESSION TRANSACTION READ ONLY")
        .execute(&mut connection)
        .await?;
    let (sql, shaped) = table.query();
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
    let mut number = 0;
    while let Some(row) = rows.try_next().await? {
        number += 1;
        let plain = row.len() - usize::from(shaped);
        let texts = (0..plain)
            .map(|i| row.try_get(i))
            .collect::<Result<_, _>>()?;
        let shape = if shaped { row.try_get(plain)? } else { None };
        if out.send(Ok(table.record(number, texts, shape))).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        assert_eq!(
            shown("mysql://reader:p@ss:w@10.0.0.1:3306/fc?ssl=no"),
            "mysql://reader@10.0.0.1:3306/fc"
        );
        assert_eq!(shown("postgres://10.0.0.1/td"), "postgres://10.0.0.1/td");
        assert!(
            is_address("postgresql://x/y") && !is_address("C:/a.csv") && !is_address("http://x")
        );
    }

    #[test]
    fn kinds_of_columns() {
        for (d, k) in [
            ("int4", FieldKind::Number),
            ("bigint", FieldKind::Number),
            ("interval", FieldKind::Text),
            ("timestamptz", FieldKind::Date),
            ("varchar", FieldKind::Text),
            ("longblob", FieldKind::Binary),
            ("numeric", FieldKind::Number),
            ("point", FieldKind::Text),
        ] {
            assert_eq!(field_kind(d), k, "{d}");
        }
    }
}
