//! Plain-string forms of parsed newtypes.

/// Serialises a newtype as its text and reads it back through its parser. The
/// pattern describes what is written; reading is more lenient.
macro_rules! text_newtype {
    ($name:ident, $as_str:ident, $example:literal, $pattern:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.$as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .examples([$example])
                    .pattern(Some($pattern))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use text_newtype;

#[cfg(test)]
mod tests {
    use crate::case_number::CaseNumber;
    use crate::certificate::{CertificateNumber, FormSerial};
    use crate::codes::Code;
    use crate::quantity::{Area, Money, Share};
    use crate::unit_code::{BuildingCode, CountyCode, ParcelCode, UnitCode};

    /// What is wrong is said in Chinese in the JSON error as well, and a number or
    /// an object where a text belongs is refused.
    #[test]
    fn a_wrong_text_is_refused_in_chinese() {
        macro_rules! refused {
            ($($name:ident),*) => {$(
                let said = serde_json::from_str::<$name>("\"!\"").unwrap_err().to_string();
                assert!(said.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)), "{said}");
                assert!(serde_json::from_str::<$name>("12").is_err());
                assert!(serde_json::from_str::<$name>("{}").is_err());
            )*};
        }
        refused!(
            CaseNumber,
            CertificateNumber,
            FormSerial,
            Code,
            Area,
            Money,
            Share,
            BuildingCode,
            CountyCode,
            ParcelCode,
            UnitCode
        );
    }
}
