//! The tenant scope: which authorities and counties a transaction may see.

use std::collections::BTreeSet;
use std::fmt;

/// The authority (登记机构) and county (县级行政区) codes a transaction may read and write.
///
/// Every query function of every capability demands one, and [`crate::Store::begin`] writes it
/// into the session as `app.scope`, where row level security reads it. A scope is never empty
/// and holds only codes of six ASCII digits, so that it can stand in SQL as a literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope(Vec<String>);

/// A text that cannot be a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// A code is not six ASCII digits.
    #[error("行政区划代码“{code}”不正确：应为 6 位数字，例如 510402")]
    NotACode {
        /// The code as given.
        code: String,
    },
    /// No code was given; an empty scope would silently show nothing.
    #[error("没有给出登记机构或区县代码：请先为该用户设置管辖范围")]
    Empty,
}

impl Scope {
    /// A scope over several codes; order and repetition do not matter.
    pub fn new<I, S>(codes: I) -> Result<Scope, ScopeError>
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let mut unique = BTreeSet::new();
        for code in codes {
            let code = code.into();
            if !is_area_code(&code) {
                return Err(ScopeError::NotACode { code });
            }
            unique.insert(code);
        }
        if unique.is_empty() {
            return Err(ScopeError::Empty);
        }
        Ok(Scope(unique.into_iter().collect()))
    }

    /// A scope over one code.
    pub fn single(code: impl Into<String>) -> Result<Scope, ScopeError> {
        Scope::new([code.into()])
    }

    /// Whether the scope covers `code`.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.0.iter().any(|own| own == code)
    }

    /// The codes, ascending, each once; bind them as `county = any($1)`.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        &self.0
    }

    /// The value of `app.scope`: digits and commas only.
    pub(crate) fn literal(&self) -> String {
        self.0.join(",")
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.literal())
    }
}

fn is_area_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_six_digits() {
        for bad in [
            "",
            "51040",
            "5104021",
            "51040a",
            "510402'",
            "５１０４０２",
            "510402,510403",
            "' or ''='",
            "51040\n",
            " 510402",
        ] {
            assert_eq!(
                Scope::single(bad),
                Err(ScopeError::NotACode {
                    code: bad.to_owned()
                }),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn sorts_dedupes_and_refuses_emptiness() {
        let scope = Scope::new(["510422", "510400", "510422"]).unwrap();
        assert_eq!(scope.codes(), ["510400", "510422"]);
        assert_eq!(scope.literal(), "510400,510422");
        assert!(scope.contains("510422") && !scope.contains("510421"));
        assert_eq!(Scope::new(Vec::<String>::new()), Err(ScopeError::Empty));
    }
}
