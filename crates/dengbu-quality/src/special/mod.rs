//! Rules that need their own code, by the name the data calls them.

mod amounts;
mod boundary;
mod buildings;
mod certificates;
mod districts;
mod holders;
mod houses;
mod identity;
mod links;
mod names;
mod parcels;
mod rights;
mod seizures;
mod structure;
mod text;

use crate::area::{Area, SourceId, View};
use crate::finding::Kind;
use crate::rule::Rule;
use crate::run::{Found, Settings};
use crate::value::date;
use chrono::NaiveDate;
use dengbu_geo::topology::{Layer, Overlap, Shares, Slack};
use std::sync::OnceLock;

/// What special rules share: the area, the settings, and layers built once.
pub struct Context<'c, 'a> {
    pub area: &'c Area<'a>,
    pub settings: &'c Settings,
    parcels: OnceLock<Layer<'c>>,
    overlaps: OnceLock<Vec<Overlap>>,
    shares: OnceLock<Vec<Shares>>,
    closed: OnceLock<Vec<Option<NaiveDate>>>,
}

impl<'c, 'a> Context<'c, 'a> {
    pub fn new(area: &'c Area<'a>, settings: &'c Settings) -> Self {
        Self {
            area,
            settings,
            parcels: OnceLock::new(),
            overlaps: OnceLock::new(),
            shares: OnceLock::new(),
            closed: OnceLock::new(),
        }
    }

    /// The layer of parcels.
    fn parcels(&self) -> &Layer<'c> {
        self.parcels.get_or_init(|| self.layer("ZDJBXX"))
    }

    /// A table's layer.
    fn layer(&self, code: &str) -> Layer<'c> {
        Layer::of_shapes(self.area.shapes(code).iter().map(Option::as_ref))
    }

    /// Overlaps of parcels that may not overlap, above the finest tolerance.
    fn overlaps(&self) -> &[Overlap] {
        self.overlaps.get_or_init(|| {
            let levels = parcels::levels(self);
            self.parcels().overlaps(Slack::OVERLAP, |a, b| {
                levels[a] == levels[b] && levels[a].is_some()
            })
        })
    }

    /// Where each building lies on the parcels.
    fn shares(&self) -> &[Shares] {
        self.shares
            .get_or_init(|| self.layer("ZRZ").shares_on(self.parcels()))
    }

    /// The day a source's books were closed: its last registration. In the live register, and for
    /// a source that dates nothing, today.
    fn closed(&self, source: SourceId) -> NaiveDate {
        let today = self.settings.today;
        if self.settings.stage == crate::run::Stage::Register {
            return today;
        }
        let all = self.closed.get_or_init(|| {
            let mut last: Vec<Option<NaiveDate>> = vec![None; self.area.sources().len()];
            for view in ["FDCQ2", "FDCQ1", "JSYDSYQ"]
                .iter()
                .filter_map(|t| self.area.view(t))
            {
                let column = view.column("DJSJ");
                for (row, source) in view.source.iter().enumerate() {
                    if let Some(day) = date(column.get(row)).filter(|d| *d <= today) {
                        let known = &mut last[usize::from(*source)];
                        *known = (*known).max(Some(day));
                    }
                }
            }
            last
        });
        all.get(usize::from(source))
            .copied()
            .flatten()
            .unwrap_or(today)
    }
}

type Special = fn(&Context<'_, '_>, &Rule) -> Vec<Found>;

const ALL: &[(&str, Special)] = &[
    ("tables_complete", structure::tables_complete),
    ("tables_known", structure::tables_known),
    ("columns_complete", structure::columns_complete),
    ("columns_known", structure::columns_known),
    ("types", structure::types),
    ("lengths", structure::lengths),
    ("dates", structure::dates),
    ("geometry_types", structure::geometry_types),
    ("identifiers", structure::identifiers),
    ("element_codes", structure::element_codes),
    ("clean_text", text::clean_text),
    ("nothing_words", text::nothing_words),
    ("tidy_text", text::tidy_text),
    ("envelope", districts::envelope),
    ("in_its_district", districts::in_its_district),
    ("districts_nest", districts::districts_nest),
    ("resident_id", identity::resident_id),
    ("credit_code", identity::credit_code),
    ("other_id", identity::other_id),
    ("holder_kind", identity::holder_kind),
    ("sex", identity::sex),
    ("minor", identity::minor),
    ("share_readable", holders::share_readable),
    ("share_sum", holders::share_sum),
    ("co_ownership", holders::co_ownership),
    ("right_has_holder", holders::right_has_holder),
    ("two_names", names::two_names),
    ("two_numbers", names::two_numbers),
    ("one_homestead", names::one_homestead),
    ("mortgage_amount", amounts::mortgage_amount),
    ("unit_price", amounts::unit_price),
    ("term_years", amounts::term_years),
    ("shared_land", amounts::shared_land),
    ("certificate_year", certificates::certificate_year),
    ("certificate_double", certificates::certificate_double),
    ("same_place", houses::same_place),
    ("storey_in_building", houses::storey_in_building),
    ("units_counted", houses::units_counted),
    ("storeys_counted", houses::storeys_counted),
    ("building_area", houses::building_area),
    ("storey_area", houses::storey_area),
    ("house_has_building", links::house_has_building),
    ("right_has_object", links::right_has_object),
    ("land_right_there", links::land_right_there),
    ("same_owner", links::same_owner),
    ("title_there", links::title_there),
    ("mortgagor_owns", links::mortgagor_owns),
    ("cancel_refers", links::cancel_refers),
    ("title_chain", rights::title_chain),
    ("one_owner", rights::one_owner),
    ("right_suits_feature", rights::right_suits_feature),
    ("right_suits_fixture", rights::right_suits_fixture),
    ("reason_suits_type", rights::reason_suits_type),
    ("notice_done", rights::notice_done),
    ("days_passed", rights::days_passed),
    ("right_sequence", rights::right_sequence),
    ("seizure_years", seizures::seizure_years),
    ("seizure_expired", seizures::seizure_expired),
    ("first_seizure", seizures::first_seizure),
    ("disposed_while_seized", seizures::disposed_while_seized),
    ("valid_shape", parcels::valid_shape),
    ("tidy_shape", parcels::tidy_shape),
    ("parcel_overlap", parcels::parcel_overlap),
    ("covered_by_ownership", parcels::covered_by_ownership),
    ("gaps", parcels::gaps),
    ("area_drawn", parcels::area_drawn),
    ("several_parts", parcels::several_parts),
    ("building_on_parcel", buildings::building_on_parcel),
    ("homestead_building", buildings::homestead_building),
    ("building_overlap", buildings::building_overlap),
    ("footprint_area", buildings::footprint_area),
    ("equal_shapes", buildings::equal_shapes),
    ("structures_on_parcel", buildings::structures_on_parcel),
    ("points_on_boundary", boundary::points_on_boundary),
    ("line_length", boundary::line_length),
    ("shared_points", boundary::shared_points),
];

/// Whether there is such a function.
pub fn known(name: &str) -> bool {
    ALL.iter().any(|(known, _)| *known == name)
}

/// Runs a rule's function.
pub fn run(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let special = ALL.iter().find(|(name, _)| *name == rule.special);
    special
        .map(|(_, run)| run(context, rule))
        .unwrap_or_default()
}

/// Tables of the rule that are staged.
fn views<'c, 'a>(context: &'c Context<'_, 'a>, rule: &Rule) -> Vec<&'c View<'a>> {
    let tables = rule.standard_tables();
    if tables.contains(&"*") {
        return context.area.views().map(|(_, view)| view).collect();
    }
    tables
        .into_iter()
        .filter_map(|code| context.area.view(code))
        .collect()
}

/// A finding on a row.
fn on(view: &View<'_>, row: usize, field: &str, message: String, kind: Option<Kind>) -> Found {
    Found {
        table: view.table.code().to_owned(),
        row: u32::try_from(row).ok(),
        field: field.to_owned(),
        value: view.table.raw(field, row).to_owned(),
        message,
        kind,
        ..Found::default()
    }
}

/// A finding on a whole table of a source.
fn on_table(table: &str, source: &str, field: &str, message: String) -> Found {
    Found {
        table: table.to_owned(),
        source: source.to_owned(),
        field: field.to_owned(),
        message,
        ..Found::default()
    }
}

/// 现势: status 1, or none given.
fn current(view: &View<'_>, row: usize) -> bool {
    matches!(view.value("QSZT", row), "1" | "")
}
