//! Reading what is given out: pages of rows in the order of their keys, so that any number of rows
//! needs the memory of one page.

use chrono::{DateTime, Utc};
use dengbu_model::cadastre::Polygon;
use dengbu_store::TenantTx;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::DistributionError;
use crate::data_set::{DataSet, Rows};
use crate::place::{Area, Plane};
use crate::request::Request;

/// Rows of a page.
pub const PAGE: i64 = 2000;

/// Which rows are meant, with the area resolved into parcels.
#[derive(Debug, Clone)]
pub struct Selection {
    counties: Vec<String>,
    parcels: Option<Vec<String>>,
    as_of: DateTime<Utc>,
    historic: bool,
    since: Option<DateTime<Utc>>,
}

impl Selection {
    /// The register as it stood at this moment.
    #[must_use]
    pub fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }
}

/// Resolves a request: counties within the scope, parcels that meet the area.
///
/// # Errors
/// [`DistributionError::Request`] for a county outside the scope; a database error.
pub async fn selection(
    tx: &mut TenantTx,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Selection, DistributionError> {
    let own: Vec<String> = tx
        .scope()
        .codes()
        .iter()
        .filter(|c| c.len() == 6)
        .cloned()
        .collect();
    let counties = if request.counties.is_empty() {
        own
    } else {
        if let Some(foreign) = request.counties.iter().find(|c| !own.contains(c)) {
            let text = format!("{foreign} 不在本登记机构的行政区内");
            return Err(DistributionError::Request("/counties", text));
        }
        request.counties.clone()
    };
    let mut parcels = (!request.parcels.is_empty()).then(|| request.parcels.clone());
    if let Some(area) = &request.area {
        let met = meeting(tx, &counties, area).await?;
        parcels = Some(match parcels {
            Some(named) => named.into_iter().filter(|p| met.contains(p)).collect(),
            None => met,
        });
    }
    Ok(Selection {
        counties,
        parcels,
        as_of: request.as_of.unwrap_or(now).min(now),
        historic: request.historic,
        since: request.since,
    })
}

/// Parcels whose boundary meets the area.
async fn meeting(
    tx: &mut TenantTx,
    counties: &[String],
    area: &Area,
) -> Result<Vec<String>, DistributionError> {
    let mut met = Vec::new();
    let mut after = String::new();
    loop {
        let rows: Vec<(String, Json)> = sqlx::query_as(
            "select parcel_code, ring from parcel
             where county = any($1) and parcel_code > $2 and ring is not null
             order by parcel_code limit $3",
        )
        .bind(counties)
        .bind(&after)
        .bind(PAGE)
        .fetch_all(tx.conn())
        .await?;
        let Some((last, _)) = rows.last() else {
            return Ok(met);
        };
        after.clone_from(last);
        for (code, ring) in rows {
            let shape = polygon(ring).and_then(|p| Plane::Geographic.shape(&p));
            if shape.is_some_and(|s| area.meets(&s)) {
                met.push(code);
            }
        }
    }
}

pub(crate) fn polygon(ring: Json) -> Option<Polygon> {
    serde_json::from_value(ring).ok()
}

/// Place in the order of rows: county, code, and the right's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    county: String,
    code: String,
    right: Uuid,
}

impl Key {
    /// The right of a row, where its rows are rights or holders.
    #[must_use]
    pub fn right(&self) -> Option<Uuid> {
        (!self.right.is_nil()).then_some(self.right)
    }
}

/// A row as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its place in the order.
    pub key: Key,
    /// What is known.
    pub data: Json,
    /// Boundary.
    pub ring: Option<Json>,
}

// Parcel and building are there from the first entry about a unit of theirs on; one that has none
// yet belongs to today's cadastre. A boundary never changes: other boundaries are another parcel.
const PARCELS: &str = "
    from parcel p
    where p.county = any($1) and ($2::text[] is null or p.parcel_code = any($2))
      and coalesce((
          select min(r.valid_from) from register_right r where r.county = p.county
            and r.unit_code >= p.parcel_code and r.unit_code < p.parcel_code || '~') <= $3, true)";

const BUILDINGS: &str = "
    from building b
    where b.county = any($1) and ($2::text[] is null or b.parcel_code = any($2))
      and coalesce((
          select min(r.valid_from) from register_right r where r.county = b.county
            and r.unit_code >= b.building_code and r.unit_code < b.building_code || '~') <= $3, true)";

/// What the unit `u` was at the moment, where something else has taken its place since.
const THEN: &str = "
    left join lateral (
        select h.status, h.address from estate_unit_history h
        where h.county = u.county and h.unit_code = u.unit_code and h.replaced_at > $3
        order by h.replaced_at limit 1
    ) h on true";

const UNITS: &str = "
    from estate_unit u THEN
    where u.county = any($1) and ($2::text[] is null or u.parcel_code = any($2))
      and (u.head_seq = 0 or exists (
          select 1 from register_right r
          where r.county = u.county and r.unit_code = u.unit_code and r.valid_from <= $3))";

// In force at the moment; with 历史 also what had ended; with a beginning what an entry made or
// ended since, so that a receiver learns of the end of what it has. The entry's moment counts, not
// the day of the right: a title taken over today is old and yet new to the receiver.
const RIGHTS: &str = "
    from register_right r
    join estate_unit u on u.county = r.county and u.unit_code = r.unit_code THEN
    where r.county = any($1) and ($2::text[] is null or u.parcel_code = any($2))
      and r.valid_from <= $3
      and ($4 or $5::timestamptz is not null or r.valid_to is null or r.valid_to > $3)
      and ($5::timestamptz is null or exists (
          select 1 from register_entry e
          where e.county = r.county and e.unit_code = r.unit_code
            and e.unit_seq in (r.created_seq, r.ended_seq)
            and e.recorded_at > $5 and e.recorded_at <= $3))
      and (cardinality($6::text[]) = 0 or r.kind = any($6))";

fn from_where(rows: Rows) -> String {
    let text = match rows {
        Rows::Parcels => PARCELS,
        Rows::Buildings => BUILDINGS,
        Rows::Units => UNITS,
        Rows::Rights | Rows::Holders => RIGHTS,
    };
    text.replace("THEN", THEN)
}

fn columns(rows: Rows) -> &'static str {
    match rows {
        Rows::Parcels => {
            "p.county, p.parcel_code as code, null::uuid as right_id,
             (to_jsonb(p) - 'ring') || jsonb_build_object('mark', substr(p.parcel_code, 13, 2)) as data, p.ring"
        }
        Rows::Buildings => {
            "b.county, b.building_code as code, null::uuid as right_id,
             (to_jsonb(b) - 'ring') || jsonb_build_object(
                 'units', (
                     select count(*) from estate_unit u
                     where u.county = b.county and u.building_code = b.building_code),
                 'use_code', (
                     select u.use_code from estate_unit u
                     where u.county = b.county and u.building_code = b.building_code and u.use_code is not null
                     group by u.use_code order by count(*) desc, u.use_code limit 1),
                 'storeys_total', b.storeys_above + coalesce(b.storeys_below, 0),
                 'land_area', (
                     select p.area from parcel p
                     where p.county = b.county and p.parcel_code = b.parcel_code
                       and 1 = (select count(*) from building o
                                where o.county = b.county and o.parcel_code = b.parcel_code))
             ) as data,
             b.ring"
        }
        Rows::Units => {
            "u.county, u.unit_code as code, null::uuid as right_id,
             to_jsonb(u) - 'address_bigrams' - 'head_hash' - 'address_norm'
                 || coalesce(jsonb_strip_nulls(to_jsonb(h)), '{}') as data,
             null::jsonb as ring"
        }
        Rows::Rights | Rows::Holders => {
            "r.county, r.unit_code as code, r.right_id,
             jsonb_build_object(
                 'county', r.county, 'unit_code', r.unit_code, 'parcel_code', u.parcel_code,
                 'address', coalesce(h.address, u.address), 'case_no', r.case_no, 'certificate_no', r.certificate_no,
                 'registration_type', r.registration_type, 'registered_at', r.registered_at,
                 'registrar', r.registrar, 'body', r.body,
                 'status', case when r.valid_to is null or r.valid_to > $3 then '1' else '2' end,
                 'object_kind', coalesce(r.body #>> '{detail,object_kind}',
                     case when r.body #>> '{detail,construction_scope}' is not null then '4'
                          when u.kind = 'land' then '1' else '2' end)
             ) || coalesce((
                 select jsonb_build_object('cause', e.body::jsonb ->> 'cause', 'authority', a.name)
                 from register_entry e join authority a on a.authority = e.authority
                 where e.county = r.county and e.unit_code = r.unit_code and e.unit_seq = r.created_seq
             ), '{}') as data,
             null::jsonb as ring"
        }
    }
}

/// What orders the rows and finds the page after a key.
fn order(rows: Rows) -> &'static str {
    match rows {
        Rows::Parcels => "p.county, p.parcel_code",
        Rows::Buildings => "b.county, b.building_code",
        Rows::Units => "u.county, u.unit_code",
        Rows::Rights | Rows::Holders => "r.county, r.unit_code, r.right_id",
    }
}

type Raw = (String, String, Option<Uuid>, Json, Option<Json>);

/// The page of rows after a key; shorter than [`PAGE`] when it is the last.
///
/// # Errors
/// A database error.
pub async fn page(
    tx: &mut TenantTx,
    set: &DataSet,
    selection: &Selection,
    after: &Key,
) -> Result<Vec<Stored>, DistributionError> {
    let by_right = matches!(set.rows, Rows::Rights | Rows::Holders);
    let (order, last) = (order(set.rows), if by_right { ", $9" } else { "" });
    // every statement takes all parameters: those it does not name are cast away
    let sql = format!(
        "select {} {} and ({order}) > ($7, $8{last})
         and ($3::timestamptz is not null and $4::boolean is not null
              and ($5::timestamptz is null or true) and $6::text[] is not null and $9::uuid is not null)
         order by {order} limit $10",
        columns(set.rows),
        from_where(set.rows)
    );
    let rows: Vec<Raw> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&selection.counties)
        .bind(&selection.parcels)
        .bind(selection.as_of)
        .bind(selection.historic)
        .bind(selection.since)
        .bind(&set.kinds)
        .bind(&after.county)
        .bind(&after.code)
        .bind(after.right)
        .bind(PAGE)
        .fetch_all(tx.conn())
        .await?;
    let stored = rows
        .into_iter()
        .map(|(county, code, right, data, ring)| Stored {
            key: Key {
                county,
                code,
                right: right.unwrap_or_default(),
            },
            data,
            ring,
        });
    Ok(stored.collect())
}

/// How many rows a data set has (rights, not holders, in the data set of holders).
///
/// # Errors
/// A database error.
pub async fn count(
    tx: &mut TenantTx,
    set: &DataSet,
    selection: &Selection,
) -> Result<u64, DistributionError> {
    let sql = format!(
        "select count(*) {}
         and ($3::timestamptz is not null and $4::boolean is not null
              and ($5::timestamptz is null or true) and $6::text[] is not null)",
        from_where(set.rows)
    );
    let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(&selection.counties)
        .bind(&selection.parcels)
        .bind(selection.as_of)
        .bind(selection.historic)
        .bind(selection.since)
        .bind(&set.kinds)
        .fetch_one(tx.conn())
        .await?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Moment of the last change of the register in the scope; none when it is empty.
///
/// # Errors
/// A database error.
pub async fn last_change(tx: &mut TenantTx) -> Result<Option<DateTime<Utc>>, DistributionError> {
    let counties = tx.scope().codes().to_vec();
    Ok(sqlx::query_scalar(
        "select max(greatest(valid_from, coalesce(valid_to, valid_from)))
         from register_right where county = any($1)",
    )
    .bind(counties)
    .fetch_one(tx.conn())
    .await?)
}
