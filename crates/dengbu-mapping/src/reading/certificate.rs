//! Certificate numbers of the old and the new form, kept as written.

use super::text::squeeze;
use regex::Regex;
use std::sync::LazyLock;

#[expect(
    clippy::expect_used,
    reason = "fixed pattern, compiled by the unit test below"
)]
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:.\((\d{4})\).+不动产(?:权|证明)|.*(?:权证|他证|国用|集用).*)第\d+号$")
        .expect("a fixed pattern compiles")
});

/// True when the text holds a certificate number at all: 川(2016)攀枝花市不动产权第0000002号 or
/// an old one such as 攀房权证西字第000001号, 攀他证东字第14590号.
pub fn is_number(text: &str) -> bool {
    NUMBER.is_match(&squeeze(text))
}

/// The year inside a number of the new form; old forms carry none.
pub fn year(text: &str) -> Option<i32> {
    NUMBER
        .captures(&squeeze(text))
        .and_then(|c| c.get(1).and_then(|y| y.as_str().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert!(is_number("川(2016)攀枝花市不动产权第0000002号"));
        assert!(is_number("川（2016）攀枝花市不动产权第 0000002 号"));
        assert!(is_number("攀房权证西字第000001号"));
        for s in [
            "攀房权证",
            "无",
            "补办中",
            "攀房权证东字001260号",
            "川(2016)攀枝花市不动产权0000002号",
            "",
        ] {
            assert!(!is_number(s), "{s}");
        }
        assert_eq!(year("川(2016)攀枝花市不动产权第0000002号"), Some(2016));
        assert_eq!(year("攀房权证西字第000001号"), None);
    }
}
