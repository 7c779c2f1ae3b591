//! What a package says: metadata, attachments, text, the fields that its tags name. Nothing of it
//! is to be believed before [`crate::verify`] has judged the file.

use std::collections::BTreeMap;

use crate::container::{self, ContainerError, Entry};
use crate::xml::{self, Node};

/// A file that is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The package.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// A part that must be there is not.
    #[error("OFD 文件缺少“{0}”")]
    Missing(String),
    /// A part is not what it should be.
    #[error("OFD 文件中的“{0}”不合规")]
    Bad(String),
}

/// Most pages of a document.
const PAGES_MAX: usize = 150;

/// An OFD file as read.
#[derive(Debug, Clone)]
pub struct OfdFile {
    /// The entries of the package.
    pub entries: Vec<Entry>,
    /// Identifier of the document.
    pub id: String,
    /// Title.
    pub title: String,
    /// Named values.
    pub custom: BTreeMap<String, String>,
    /// Text of each page, templates first: one line per text object, by its number.
    pub pages: Vec<Vec<(u64, String)>>,
    /// What is shown for each field that the tags name, in the order of the tags.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Names of the attachments and where they are.
    pub attachments: BTreeMap<String, String>,
    /// Path of the signature list.
    pub signatures: Option<String>,
}

/// A path in the package: absolute, or beside `base`. None if it leads out.
#[must_use]
pub fn resolve(base: &str, location: &str) -> Option<String> {
    let location = location.trim();
    let whole = match location.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => match base.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{location}"),
            None => location.to_owned(),
        },
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl OfdFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Not an OFD file, or beyond the limits.
    pub fn open(bytes: &[u8]) -> Result<OfdFile, ReadError> {
        OfdFile::of(container::read(bytes)?)
    }

    pub(crate) fn of(entries: Vec<Entry>) -> Result<OfdFile, ReadError> {
        let mut file = OfdFile {
            entries,
            id: String::new(),
            title: String::new(),
            custom: BTreeMap::new(),
            pages: Vec::new(),
            fields: BTreeMap::new(),
            attachments: BTreeMap::new(),
            signatures: None,
        };
        let entry_point = file.xml("OFD.xml")?;
        let bad = |name: &str| ReadError::Bad(name.to_owned());
        if entry_point.name != "OFD" || entry_point.all("DocBody").count() != 1 {
            return Err(bad("OFD.xml"));
        }
        let body = entry_point.child("DocBody").ok_or_else(|| bad("OFD.xml"))?;
        let info = body.child("DocInfo").ok_or_else(|| bad("OFD.xml"))?;
        let text = |name: &str| info.child(name).map(|n| n.text.trim().to_owned());
        file.id = text("DocID").unwrap_or_default();
        file.title = text("Title").unwrap_or_default();
        if let Some(datas) = info.child("CustomDatas") {
            for data in datas.all("CustomData") {
                let name = data.attribute("Name").unwrap_or_default();
                file.custom.insert(name.to_owned(), data.text.clone());
            }
        }
        let location = |name: &str| body.child(name).map(|node| node.text.clone());
        if let Some(list) = location("Signatures") {
            let path = resolve("OFD.xml", &list).ok_or_else(|| bad("OFD.xml"))?;
            file.signatures = Some(path);
        }
        let root = location("DocRoot").ok_or_else(|| bad("OFD.xml"))?;
        let root = resolve("OFD.xml", &root).ok_or_else(|| bad("OFD.xml"))?;
        file.document(&root)?;
        Ok(file)
    }

    /// Content of an entry.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&[u8]> {
        let found = self.entries.iter().find(|entry| entry.name == path);
        found.map(|entry| entry.content.as_slice())
    }

    /// Content of an attachment.
    #[must_use]
    pub fn attachment(&self, name: &str) -> Option<&[u8]> {
        self.entry(self.attachments.get(name)?)
    }

    /// The text of all pages, one line per text object.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.pages.iter().flatten().map(|(_, text)| text.as_str());
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn xml(&self, path: &str) -> Result<Node, ReadError> {
        let content = self
            .entry(path)
            .ok_or_else(|| ReadError::Missing(path.to_owned()))?;
        xml::parse(content).map_err(|_| ReadError::Bad(path.to_owned()))
    }

    fn document(&mut self, root: &str) -> Result<(), ReadError> {
        let document = self.xml(root)?;
        let bad = || ReadError::Bad(root.to_owned());
        let at = |location: &str| resolve(root, location).ok_or_else(bad);
        let common = document.child("CommonData").ok_or_else(bad)?;
        let mut templates = BTreeMap::new();
        for template in common.all("TemplatePage") {
            let id = template.attribute("ID").ok_or_else(bad)?;
            let base = template.attribute("BaseLoc").ok_or_else(bad)?;
            templates.insert(id.to_owned(), lines(&self.xml(&at(base)?)?));
        }
        let list = document.child("Pages").ok_or_else(bad)?;
        let mut numbers = Vec::new();
        for page in list.all("Page") {
            if self.pages.len() >= PAGES_MAX {
                return Err(bad());
            }
            let base = page.attribute("BaseLoc").ok_or_else(bad)?;
            let content = self.xml(&at(base)?)?;
            let mut text: Vec<(u64, String)> = content
                .all("Template")
                .filter_map(|below| templates.get(below.attribute("TemplateID")?))
                .flatten()
                .cloned()
                .collect();
            text.extend(lines(&content));
            self.pages.push(text);
            numbers.push(page.attribute("ID").unwrap_or_default().to_owned());
        }
        if let Some(tags) = document.child("CustomTags") {
            self.tags(&at(&tags.text)?, &numbers)?;
        }
        if let Some(list) = document.child("Attachments") {
            let path = at(&list.text)?;
            for attachment in self.xml(&path)?.all("Attachment") {
                let name = attachment.attribute("Name").unwrap_or_default();
                let location = attachment.child("FileLoc").map(|node| node.text.as_str());
                let location = location.and_then(|location| resolve(&path, location));
                let location = location.ok_or_else(|| ReadError::Bad(path.clone()))?;
                self.attachments.insert(name.to_owned(), location);
            }
        }
        Ok(())
    }

    fn tags(&mut self, path: &str, numbers: &[String]) -> Result<(), ReadError> {
        let bad = || ReadError::Bad(path.to_owned());
        let list = self.xml(path)?;
        let ours = list.all("CustomTag");
        let mut ours = ours.filter(|tag| tag.attribute("NameSpace") == Some(crate::write::FIELDS));
        let Some(tag) = ours.next() else {
            return Ok(());
        };
        let location = tag.child("FileLoc").ok_or_else(bad)?;
        let fields = resolve(path, &location.text).ok_or_else(bad)?;
        for field in self.xml(&fields)?.all("Field") {
            let name = field.attribute("Name").ok_or_else(bad)?;
            let reference = field.child("ObjectRef").ok_or_else(bad)?;
            let page = reference.attribute("PageRef").ok_or_else(bad)?;
            let object: u64 = reference.text.trim().parse().map_err(|_| bad())?;
            let at = numbers.iter().position(|number| number == page);
            let page = at.and_then(|at| self.pages.get(at)).ok_or_else(bad)?;
            let text = page.iter().find(|(id, _)| *id == object);
            let text = text.ok_or_else(bad)?.1.clone();
            self.fields.entry(name.to_owned()).or_default().push(text);
        }
        Ok(())
    }
}

/// The text objects of a page with their numbers.
fn lines(page: &Node) -> Vec<(u64, String)> {
    page.walk()
        .filter(|node| node.name == "TextObject")
        .filter_map(|object| {
            let id = object.attribute("ID")?.parse().ok()?;
            let codes = object.all("TextCode").map(|code| code.text.as_str());
            Some((id, codes.collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn locations_stay_inside_the_package() {
        let at = |location| resolve("Doc_0/Document.xml", location);
        assert_eq!(at("Pages/a.xml").as_deref(), Some("Doc_0/Pages/a.xml"));
        assert_eq!(at("/OFD.xml").as_deref(), Some("OFD.xml"));
        assert_eq!(at("../x.xml").as_deref(), Some("x.xml"));
        assert_eq!(at("../../x.xml"), None);
        assert_eq!(resolve("OFD.xml", "./a//b").as_deref(), Some("a/b"));
    }
}
