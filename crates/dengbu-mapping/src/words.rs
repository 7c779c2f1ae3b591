//! What may stand in a mapping file: standard tables with their fields, transforms, code lists.

use dengbu_staging::{Schema, extension};
use serde::Serialize;

use crate::transform::Transform;

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MappingWords))]
pub struct Words {
    /// Standard tables.
    pub tables: Vec<StandardTable>,
    /// Transforms.
    pub transforms: Vec<Named>,
    /// Names of code lists.
    pub lists: Vec<String>,
}

/// A standard table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StandardTable {
    /// Code (H).
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Fields of the standard, then ours.
    pub fields: Vec<StandardField>,
}

/// A field that can be filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StandardField {
    /// Code.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// The transform used when the mapping says none.
    pub transform: String,
    /// Whether the standard asks for it always.
    pub needed: bool,
}

/// A name and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MappingWord))]
pub struct Named {
    /// Name in the file.
    pub name: String,
    /// In Chinese.
    pub meaning: String,
}

/// What may stand in a mapping file.
#[must_use]
pub fn words() -> Words {
    Words {
        tables: Schema::standard().tables().iter().map(table).collect(),
        transforms: Transform::NAMES
            .iter()
            .map(|(name, meaning)| Named {
                name: (*name).to_owned(),
                meaning: (*meaning).to_owned(),
            })
            .collect(),
        lists: dengbu_model::codes::all()
            .map(|l| l.name().to_owned())
            .collect(),
    }
}

fn table(def: &dengbu_staging::TableDef) -> StandardTable {
    let fields = def
        .fields
        .iter()
        .filter(|f| f.code != "GEOM")
        .map(|f| StandardField {
            code: f.code.clone(),
            name: f.name_zh.clone(),
            transform: Transform::of_standard(Some(f)).name().to_owned(),
            needed: f.constraint == dengbu_staging::schema::Constraint::Mandatory,
        });
    let ours = extension::ALL.iter().map(|(code, name)| StandardField {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        transform: "text".to_owned(),
        needed: false,
    });
    StandardTable {
        code: def.code.clone(),
        name: def.name_zh.clone(),
        fields: fields.chain(ours).collect(),
    }
}
