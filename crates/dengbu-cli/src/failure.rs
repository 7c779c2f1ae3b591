//! What the operator reads when a command fails.

use std::io;

use dengbu_store::io_reason;

/// The error and its causes on one line, each once: many texts hold that of their cause already.
pub fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let words = cause
            .downcast_ref::<io::Error>()
            .map_or_else(|| cause.to_string(), io_reason);
        if text.is_empty() {
            text = words;
        } else if !text.contains(&words) && !holds(&text, cause) {
            text.push('：');
            text.push_str(&words);
        }
    }
    text
}

/// Whether the text holds the system's own words for a cause.
fn holds(text: &str, cause: &(dyn std::error::Error + 'static)) -> bool {
    text.contains(&cause.to_string())
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[derive(Debug)]
    struct Outer(io::Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "无法读取文件：{}。请检查", self.0)
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    fn missing() -> io::Error {
        io::Error::from(io::ErrorKind::NotFound)
    }

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let error = anyhow::Error::from(Outer(missing()));
        assert_eq!(told(&error), format!("无法读取文件：{}。请检查", missing()));
    }

    #[test]
    fn a_cause_that_was_not_said_is_added_in_chinese() {
        let error = Err::<(), _>(missing())
            .context("无法读取密钥文件 a")
            .unwrap_err();
        assert_eq!(told(&error), "无法读取密钥文件 a：文件或目录不存在");
    }
}
