//! Tagged kinds in the OpenAPI document.
//!
//! The deriving macro writes a variant of a tagged enum as `allOf` of its content and of the
//! tag. Where the content takes no unknown fields (`additionalProperties: false`) that is a
//! contradiction: the content forbids the tag, and no value fits. Here the two become one
//! object that takes the fields of both and no others.

use std::collections::BTreeMap;

use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{Object, OpenApi, RefOr, Schema};

/// Makes every tagged kind one object.
pub fn join(document: &mut OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    let closed: BTreeMap<String, Object> = components
        .schemas
        .iter()
        .filter_map(|(name, schema)| match schema {
            RefOr::T(Schema::Object(o)) if is_closed(o) => Some((name.clone(), o.clone())),
            _ => None,
        })
        .collect();
    for schema in components.schemas.values_mut() {
        if let RefOr::T(Schema::OneOf(kinds)) = schema {
            for kind in &mut kinds.items {
                if let Some(whole) = joined(kind, &closed) {
                    *kind = RefOr::T(Schema::Object(whole));
                }
            }
        }
    }
}

fn is_closed(o: &Object) -> bool {
    matches!(
        o.additional_properties.as_deref(),
        Some(AdditionalProperties::FreeForm(false))
    )
}

/// The content with the fields of the tag, when a kind is made of these two.
fn joined(kind: &RefOr<Schema>, closed: &BTreeMap<String, Object>) -> Option<Object> {
    let RefOr::T(Schema::AllOf(parts)) = kind else {
        return None;
    };
    let [RefOr::Ref(content), RefOr::T(Schema::Object(tag))] = parts.items.as_slice() else {
        return None;
    };
    let name = content.ref_location.rsplit('/').next()?;
    let mut whole = closed.get(name)?.clone();
    whole.description.clone_from(&parts.description);
    for (field, schema) in &tag.properties {
        whole.properties.insert(field.clone(), schema.clone());
    }
    whole.required.extend(tag.required.iter().cloned());
    Some(whole)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// A closed object inside `allOf` beside other fields can never be satisfied.
    fn contradictions(schemas: &Value, at: &Value, path: &str, found: &mut Vec<String>) {
        if let Some(parts) = at.get("allOf").and_then(Value::as_array) {
            let closed = parts.iter().any(|p| {
                let target = p["$ref"]
                    .as_str()
                    .and_then(|r| r.rsplit('/').next())
                    .map_or(p, |name| &schemas[name]);
                target["additionalProperties"] == json!(false)
            });
            if closed && parts.len() > 1 {
                found.push(path.to_owned());
            }
        }
        match at {
            Value::Object(map) => {
                for (k, v) in map {
                    contradictions(schemas, v, &format!("{path}/{k}"), found);
                }
            }
            Value::Array(list) => {
                for (i, v) in list.iter().enumerate() {
                    contradictions(schemas, v, &format!("{path}/{i}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn no_schema_contradicts_itself() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let schemas = &document["components"]["schemas"];
        let mut found = Vec::new();
        contradictions(schemas, &document, "", &mut found);
        assert_eq!(found, Vec::<String>::new());
        let transfer = schemas["Detail"]["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .find(|k| k["properties"]["kind"]["enum"] == json!(["transfer"]))
            .expect("the kind of a transfer is one object");
        assert_eq!(transfer["additionalProperties"], json!(false));
        assert!(
            transfer["required"]
                .as_array()
                .unwrap()
                .contains(&json!("kind"))
        );
        assert!(transfer["properties"]["price"].is_object());
    }
}
