//! GeoPackage 1.3 (OGC 12-128r17): one SQLite database, a table per data set.

use std::path::Path;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

use super::{Setting, Writer, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::place::Plane;
use crate::row::{Kind, Row, Shape, Value};

/// `GPKG` and version 1.3, as the standard's requirements 2 and 3 want them in the header.
const MARK: &str = "pragma application_id = 1196444487; pragma user_version = 10300;";

const TABLES: &str = "
create table gpkg_spatial_ref_sys (
    srs_name text not null, srs_id integer primary key, organization text not null,
    organization_coordsys_id integer not null, definition text not null, description text);
create table gpkg_contents (
    table_name text not null primary key, data_type text not null, identifier text unique,
    description text default '', last_change datetime not null,
    min_x double, min_y double, max_x double, max_y double, srs_id integer,
    foreign key (srs_id) references gpkg_spatial_ref_sys (srs_id));
create table gpkg_geometry_columns (
    table_name text not null, column_name text not null, geometry_type_name text not null,
    srs_id integer not null, z tinyint not null, m tinyint not null,
    primary key (table_name, column_name),
    foreign key (table_name) references gpkg_contents (table_name),
    foreign key (srs_id) references gpkg_spatial_ref_sys (srs_id));
insert into gpkg_spatial_ref_sys values
    ('Undefined cartesian', -1, 'NONE', -1, 'undefined', null),
    ('Undefined geographic', 0, 'NONE', 0, 'undefined', null),
    ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]', null);
";

/// A GeoPackage being written.
pub struct GeoPackage {
    setting: Setting,
    database: Connection,
    insert: String,
    table: String,
    geometry: bool,
    bounds: Option<[f64; 4]>,
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn declared(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Decimal => "double",
        Kind::Date => "date",
    }
}

/// A shape as GeoPackage binary: header with envelope, then well-known binary.
fn blob(shape: &Shape, plane: Plane) -> Vec<u8> {
    let [w, s, e, n] = shape.bounds();
    let mut out = vec![b'G', b'P', 0, 0b0000_0011];
    out.extend(i32::try_from(plane.epsg()).unwrap_or(-1).to_le_bytes());
    // the envelope's order is min x, max x, min y, max y
    for x in [w, e, s, n] {
        out.extend(x.to_le_bytes());
    }
    out.extend(shape.wkb());
    out
}

impl GeoPackage {
    pub fn new(setting: Setting, path: &Path) -> Result<Self, DistributionError> {
        let database = Connection::open(path).map_err(failed)?;
        // the file is thrown away when writing it fails: no journal is needed
        database
            .execute_batch("pragma journal_mode = off; pragma synchronous = off;")
            .map_err(failed)?;
        database.execute_batch(MARK).map_err(failed)?;
        database.execute_batch(TABLES).map_err(failed)?;
        let epsg = setting.plane.epsg();
        database
            .execute(
                "insert into gpkg_spatial_ref_sys values (?1, ?2, 'EPSG', ?2, ?3, null)",
                (setting.plane.name_zh(), epsg, setting.plane.wkt()),
            )
            .map_err(failed)?;
        database.execute_batch("begin").map_err(failed)?;
        Ok(Self {
            setting,
            database,
            insert: String::new(),
            table: String::new(),
            geometry: false,
            bounds: None,
        })
    }

    /// Writes the extent of the data set that ends.
    fn close(&mut self) -> Result<(), DistributionError> {
        if let Some([w, s, e, n]) = self.bounds.take() {
            self.database
                .execute(
                    "update gpkg_contents set min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5
                     where table_name = ?1",
                    (&self.table, w, s, e, n),
                )
                .map_err(failed)?;
        }
        Ok(())
    }

    fn contents(&self, set: &DataSet) -> Result<(), DistributionError> {
        let moment = format!(
            "{}-{}-{}T00:00:00.000Z",
            self.setting.day.get(..4).unwrap_or_default(),
            self.setting.day.get(4..6).unwrap_or_default(),
            self.setting.day.get(6..).unwrap_or_default()
        );
        let (kind, srs) = if set.geometry {
            ("features", Some(self.setting.plane.epsg()))
        } else {
            ("attributes", None)
        };
        self.database
            .execute(
                "insert into gpkg_contents (table_name, data_type, identifier, description,
                     last_change, srs_id) values (?1, ?2, ?3, ?4, ?5, ?6)",
                (&self.table, kind, &set.title, &set.about, moment, srs),
            )
            .map_err(failed)?;
        if set.geometry {
            self.database
                .execute(
                    "insert into gpkg_geometry_columns values (?1, 'geom', 'POLYGON', ?2, 0, 0)",
                    (&self.table, self.setting.plane.epsg()),
                )
                .map_err(failed)?;
        }
        Ok(())
    }
}

fn sql(value: &Value) -> Sql {
    match value {
        Value::Empty => Sql::Null,
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Integer(n) => Sql::Integer(*n),
        Value::Decimal(_) => value.number().map_or(Sql::Null, Sql::Real),
        Value::Date(_) => Sql::Text(value.text()),
    }
}

impl Writer for GeoPackage {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        self.close()?;
        self.table = self.setting.table(set);
        self.geometry = set.geometry;
        let mut columns = vec!["fid integer primary key autoincrement not null".to_owned()];
        let mut names = Vec::new();
        if set.geometry {
            columns.push("geom polygon".to_owned());
            names.push("geom".to_owned());
        }
        for field in &set.fields {
            let name = quoted(self.setting.heading(field));
            columns.push(format!("{name} {}", declared(field.kind)));
            names.push(name);
        }
        let table = quoted(&self.table);
        self.database
            .execute_batch(&format!("create table {table} ({})", columns.join(", ")))
            .map_err(failed)?;
        self.contents(set)?;
        let places = vec!["?"; names.len()].join(", ");
        self.insert = format!(
            "insert into {table} ({}) values ({places})",
            names.join(", ")
        );
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        let mut values = Vec::with_capacity(row.values.len() + 1);
        if self.geometry {
            values.push(
                row.shape
                    .as_ref()
                    .map_or(Sql::Null, |s| Sql::Blob(blob(s, self.setting.plane))),
            );
        }
        values.extend(row.values.iter().map(sql));
        if let Some(shape) = &row.shape {
            let [w, s, e, n] = shape.bounds();
            let b = self.bounds.get_or_insert([w, s, e, n]);
            *b = [b[0].min(w), b[1].min(s), b[2].max(e), b[3].max(n)];
        }
        self.database
            .prepare_cached(&self.insert)
            .and_then(|mut insert| insert.execute(params_from_iter(values)))
            .map_err(failed)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        self.close()?;
        // the notes are a table without a place in the map
        self.database
            .execute_batch("create table \"说明\" (id integer primary key, line text)")
            .map_err(failed)?;
        self.database
            .execute(
                "insert into gpkg_contents (table_name, data_type, identifier, last_change)
                 values ('说明', 'attributes', '说明', '1970-01-01T00:00:00.000Z')",
                (),
            )
            .map_err(failed)?;
        for line in notes {
            self.database
                .execute("insert into \"说明\" (line) values (?1)", [line])
                .map_err(failed)?;
        }
        self.database.execute_batch("commit").map_err(failed)?;
        self.database.close().map_err(|(_, e)| failed(e))
    }
}
