//! XML of a package as a small tree. No document type, no entities but the five of XML, limits on
//! depth and count.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting.
const DEPTH_MAX: usize = 32;
/// Most elements of a file.
const ELEMENTS_MAX: usize = 200_000;

/// XML that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("XML 内容不合规")]
pub struct BadXml;

/// An element. Names are without their prefix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Name.
    pub name: String,
    /// Attributes in their order.
    pub attributes: Vec<(String, String)>,
    /// Elements inside.
    pub children: Vec<Node>,
    /// Text inside, put together.
    pub text: String,
}

impl Node {
    /// Value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first element of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path of names.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.child(name))
    }

    /// Itself and all elements below.
    pub fn walk(&self) -> Walk<'_> {
        Walk { stack: vec![self] }
    }
}

/// See [`Node::walk`].
#[derive(Debug)]
pub struct Walk<'a> {
    stack: Vec<&'a Node>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = &'a Node;

    fn next(&mut self) -> Option<&'a Node> {
        let node = self.stack.pop()?;
        self.stack.extend(node.children.iter().rev());
        Some(node)
    }
}

/// Reads a file.
///
/// # Errors
/// Not well-formed, not UTF-8, with a document type, or beyond the limits.
pub fn parse(bytes: &[u8]) -> Result<Node, BadXml> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadXml)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        match reader.read_event().map_err(|_| BadXml)? {
            Event::Start(start) => {
                count += 1;
                if open.len() >= DEPTH_MAX || count > ELEMENTS_MAX || root.is_some() {
                    return Err(BadXml);
                }
                open.push(node(&start)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > ELEMENTS_MAX || root.is_some() {
                    return Err(BadXml);
                }
                close(node(&start)?, &mut open, &mut root);
            }
            Event::End(_) => {
                let node = open.pop().ok_or(BadXml)?;
                close(node, &mut open, &mut root);
            }
            Event::Text(text) => add(&text.xml10_content(), &mut open)?,
            Event::CData(text) => add(&text.into_inner(), &mut open)?,
            Event::GeneralRef(reference) => {
                let name = reference.into_inner();
                add(&resolve(&name).ok_or(BadXml)?.to_string(), &mut open)?;
            }
            Event::Decl(_) | Event::Comment(_) => {}
            Event::DocType(_) | Event::PI(_) => return Err(BadXml),
            Event::Eof => break,
        }
    }
    if open.is_empty() {
        root.ok_or(BadXml)
    } else {
        Err(BadXml)
    }
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *root = Some(node),
    }
}

fn add(text: &str, open: &mut [Node]) -> Result<(), BadXml> {
    match open.last_mut() {
        Some(node) => node.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(BadXml),
    }
    Ok(())
}

/// The character of an entity or a character reference.
fn resolve(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        other => {
            let digits = other.strip_prefix('#')?;
            let code = match digits.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

fn node(start: &BytesStart<'_>) -> Result<Node, BadXml> {
    let local = |name: &str| name.rsplit(':').next().unwrap_or(name).to_owned();
    let mut node = Node {
        name: local(start.name().as_ref()),
        ..Node::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| BadXml)?;
        let key: &str = attribute.key.as_ref();
        let value = unescape(&attribute.value)?;
        if !key.starts_with("xmlns") {
            node.attributes.push((local(key), value));
        }
    }
    Ok(node)
}

fn unescape(text: &str) -> Result<String, BadXml> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (name, behind) = after.split_once(';').ok_or(BadXml)?;
        out.push_str(before);
        out.push(resolve(name).ok_or(BadXml)?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// Text as it may stand in an element or an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no other control characters
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_tree_with_text_and_attributes() {
        let xml = "<?xml version=\"1.0\"?><ofd:A xmlns:ofd=\"u\" k=\"1 &lt; 2\"><ofd:B>x&amp;y</ofd:B><ofd:B/></ofd:A>";
        let root = parse(xml.as_bytes()).unwrap();
        assert_eq!(root.name, "A");
        assert_eq!(root.attribute("k"), Some("1 < 2"));
        assert_eq!(root.child("B").unwrap().text, "x&y");
        assert_eq!(root.all("B").count(), 2);
        assert_eq!(root.walk().count(), 3);
    }

    #[test]
    fn what_could_harm_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(33), "</a>".repeat(33));
        for bad in [
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            "<a><b></a>",
            "<a/><b/>",
            "<a>",
            "",
            "text",
            &deep,
        ] {
            assert_eq!(parse(bad.as_bytes()), Err(BadXml), "{bad}");
        }
        assert_eq!(parse(b"<a>\xff</a>"), Err(BadXml));
    }

    proptest! {
        #[test]
        fn text_comes_back_and_junk_never_panics(text in "[^\\p{Cc}]{0,40}", junk in proptest::collection::vec(any::<u8>(), 0..200)) {
            let xml = format!("<a k=\"{0}\">{0}</a>", escape(&text));
            let node = parse(xml.as_bytes()).unwrap();
            prop_assert_eq!(node.attribute("k"), Some(text.as_str()));
            prop_assert_eq!(&node.text, &text);
            let _ = parse(&junk);
        }
    }
}
