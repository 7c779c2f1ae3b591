//! The ZIP container: a writer whose static parts stay packed, a reader with limits.
//!
//! The writer is our own because a certificate's static parts are packed once for all documents; a
//! ZIP library would pack them for each. The reader is our own because it must refuse what ordinary
//! ZIP libraries smooth over: hidden data, doubled names, headers that contradict each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};

/// Most entries of a package.
pub const ENTRIES_MAX: usize = 200;
/// Most bytes of a package unpacked.
pub const UNPACKED_MAX: usize = 64 * 1024 * 1024;
/// Most bytes of a package.
pub const PACKED_MAX: usize = 16 * 1024 * 1024;
/// Most that an entry may grow when unpacked, for entries of more than [`RATIO_FROM`] bytes.
const RATIO_MAX: usize = 100;
const RATIO_FROM: usize = 1024 * 1024;
/// Longest name.
const NAME_MAX: usize = 200;
/// What may lie between two entries: a data descriptor with its signature.
const GAP_MAX: usize = 16;

/// An entry ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Path inside the package, forward slashes, no slash in front.
    pub name: String,
    /// The packed bytes.
    data: Vec<u8>,
    deflated: bool,
    crc: u32,
    length: u32,
    /// SM3 of the content.
    pub digest: [u8; 32],
}

impl Packed {
    /// Packs `content`; `level` from 0 (as it is) to 9.
    ///
    /// # Errors
    /// More than a package may hold.
    pub fn new(name: &str, content: &[u8], level: u32) -> Result<Packed, ContainerError> {
        let length = u32::try_from(content.len()).map_err(|_| ContainerError::TooLarge)?;
        let mut crc = Crc::new();
        crc.update(content);
        let packed = (level > 0).then(|| deflate(content, level)).flatten();
        let deflated = packed.as_ref().is_some_and(|p| p.len() < content.len());
        Ok(Packed {
            name: name.to_owned(),
            data: match packed {
                Some(packed) if deflated => packed,
                _ => content.to_vec(),
            },
            deflated,
            crc: crc.sum(),
            length,
            digest: dengbu_gm::hash::sm3(content),
        })
    }

    fn method(&self) -> u16 {
        if self.deflated { 8 } else { 0 }
    }
}

fn deflate(content: &[u8], level: u32) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(content.len() / 2 + 1024);
    let mut packer = Compress::new(Compression::new(level), false);
    loop {
        let from = usize::try_from(packer.total_in()).ok()?;
        let rest = content.get(from..)?;
        match packer.compress_vec(rest, &mut out, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => return Some(out),
            Ok(_) => out.reserve(out.capacity().max(4096)),
            Err(_) => return None,
        }
    }
}

/// Time of all entries, 1980-01-01 00:00: the date must not make two packages differ.
const DOS_DATE: u16 = 0x0021;

/// Writes a package.
#[must_use]
pub fn write(entries: &[Arc<Packed>]) -> Vec<u8> {
    let size: usize = entries
        .iter()
        .map(|entry| entry.data.len() + 2 * entry.name.len() + 80)
        .sum();
    let mut out = Vec::with_capacity(size + 22);
    let mut directory = Vec::new();
    for entry in entries {
        let at = out.len() as u32;
        out.extend(0x0403_4b50u32.to_le_bytes());
        fields(&mut out, entry);
        out.extend(entry.name.as_bytes());
        out.extend(&entry.data);
        directory.extend(0x0201_4b50u32.to_le_bytes());
        directory.extend(20u16.to_le_bytes());
        fields(&mut directory, entry);
        // comment, disk, attributes
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let start = out.len() as u32;
    let count = (entries.len() as u16).to_le_bytes();
    out.extend(&directory);
    out.extend(0x0605_4b50u32.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count);
    out.extend(count);
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// What local header and directory have in common.
fn fields(out: &mut Vec<u8>, entry: &Packed) {
    out.extend(20u16.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out.extend(entry.method().to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out.extend(DOS_DATE.to_le_bytes());
    out.extend(entry.crc.to_le_bytes());
    out.extend((entry.data.len() as u32).to_le_bytes());
    out.extend(entry.length.to_le_bytes());
    out.extend((entry.name.len() as u16).to_le_bytes());
    out.extend(0u16.to_le_bytes());
}

/// A package that is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// Not a ZIP file, or cut off.
    #[error("不是 OFD 文件，或文件不完整")]
    NotZip,
    /// Too large, packed or unpacked.
    #[error("文件过大（压缩包不超过 16 MB，展开后不超过 64 MB）")]
    TooLarge,
    /// Too many entries.
    #[error("压缩包内文件过多（不超过 {ENTRIES_MAX} 个）")]
    TooMany,
    /// It unpacks to far more than it is: an attack.
    #[error("压缩包内“{0}”的压缩比异常，疑似恶意文件")]
    Bomb(String),
    /// A name that leads elsewhere.
    #[error("压缩包内的文件名“{0}”不合规")]
    Name(String),
    /// A name twice.
    #[error("压缩包内有重名文件“{0}”")]
    Double(String),
    /// Headers contradict each other, or data lie between the entries.
    #[error("压缩包结构异常（“{0}”处）")]
    Structure(String),
    /// A kind of packing that OFD does not use, or encryption.
    #[error("压缩包内“{0}”的压缩方式不受支持")]
    Method(String),
}

/// An entry as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path inside the package.
    pub name: String,
    /// Content; what could be unpacked of it where it is broken.
    pub content: Vec<u8>,
    /// Unpacked to its end, and the checksum is right.
    pub whole: bool,
}

struct Listed<'a> {
    name: &'a str,
    /// Version, flags, method, time, date, checksum, lengths: bytes 6 to 28 of the directory.
    common: &'a [u8],
    method: u16,
    packed: usize,
    length: usize,
    at: usize,
}

fn two(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn four(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    usize::try_from(number).ok()
}

/// Reads a package.
///
/// # Errors
/// Not a package, beyond the limits, or built to deceive. A broken entry alone is no error: see
/// [`Entry::whole`].
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, ContainerError> {
    if bytes.len() > PACKED_MAX {
        return Err(ContainerError::TooLarge);
    }
    let (listed, directory) = listing(bytes)?;
    let mut names = BTreeSet::new();
    let mut total = 0usize;
    for entry in &listed {
        if !good_name(entry.name) {
            return Err(ContainerError::Name(entry.name.chars().take(60).collect()));
        }
        if !names.insert(entry.name.to_ascii_lowercase()) {
            return Err(ContainerError::Double(entry.name.to_owned()));
        }
        if entry.length > RATIO_FROM && entry.length / RATIO_MAX > entry.packed {
            return Err(ContainerError::Bomb(entry.name.to_owned()));
        }
        total = total.saturating_add(entry.length);
    }
    if total > UNPACKED_MAX {
        return Err(ContainerError::TooLarge);
    }
    let places = places(bytes, &listed, directory)?;
    let entries = listed.iter().zip(places);
    Ok(entries
        .filter(|(entry, _)| !entry.name.ends_with('/'))
        .map(|(entry, packed)| unpack(entry, packed))
        .collect())
}

fn good_name(name: &str) -> bool {
    let plain = name.strip_suffix('/').unwrap_or(name);
    name.len() <= NAME_MAX
        && !plain.is_empty()
        && !plain.contains(['\\', ':', '\0'])
        && !plain.chars().any(char::is_control)
        && plain
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

/// The directory's entries and where it begins.
fn listing(bytes: &[u8]) -> Result<(Vec<Listed<'_>>, usize), ContainerError> {
    let not = ContainerError::NotZip;
    // the end record is the last thing in the file: a comment after it would be uncovered data
    let end = bytes.len().checked_sub(22).ok_or(not.clone())?;
    let record = &bytes[end..];
    if !record.starts_with(&0x0605_4b50u32.to_le_bytes()) {
        return Err(not);
    }
    let read = || {
        Some((
            two(record, 4)?,
            usize::from(two(record, 8)?),
            usize::from(two(record, 10)?),
            four(record, 12)?,
            four(record, 16)?,
            two(record, 20)?,
        ))
    };
    let (disk, here, count, length, start, comment) = read().ok_or(not.clone())?;
    if disk != 0 || here != count || comment != 0 || start.checked_add(length) != Some(end) {
        return Err(ContainerError::Structure("目录".to_owned()));
    }
    if count > ENTRIES_MAX {
        return Err(ContainerError::TooMany);
    }
    let mut rest = &bytes[start..end];
    let mut listed = Vec::with_capacity(count);
    for _ in 0..count {
        let (entry, used) =
            entry(rest).ok_or_else(|| ContainerError::Structure("目录".to_owned()))?;
        if entry.method != 0 && entry.method != 8 {
            return Err(ContainerError::Method(entry.name.to_owned()));
        }
        listed.push(entry);
        rest = &rest[used..];
    }
    if rest.is_empty() {
        Ok((listed, start))
    } else {
        Err(ContainerError::Structure("目录".to_owned()))
    }
}

/// One entry of the directory and its length there.
fn entry(bytes: &[u8]) -> Option<(Listed<'_>, usize)> {
    bytes
        .starts_with(&0x0201_4b50u32.to_le_bytes())
        .then_some(())?;
    let (name, extra, comment) = (two(bytes, 28)?, two(bytes, 30)?, two(bytes, 32)?);
    let (name, extra) = (usize::from(name), usize::from(extra));
    let used = 46 + name + extra + usize::from(comment);
    bytes.get(..used)?;
    // encrypted, or a part of a larger archive
    (two(bytes, 8)? & 1 == 0 && two(bytes, 34)? == 0).then_some(())?;
    let listed = Listed {
        name: std::str::from_utf8(bytes.get(46..46 + name)?).ok()?,
        common: bytes.get(6..28)?,
        method: two(bytes, 10)?,
        packed: four(bytes, 20)?,
        length: four(bytes, 24)?,
        at: four(bytes, 42)?,
    };
    Some((listed, used))
}

/// The packed bytes of each entry. Entries must follow each other without overlap and without
/// room for anything else.
fn places<'a>(
    bytes: &'a [u8],
    listed: &[Listed<'_>],
    directory: usize,
) -> Result<Vec<&'a [u8]>, ContainerError> {
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_unstable_by_key(|at| listed[*at].at);
    let mut out: Vec<&[u8]> = vec![&[]; listed.len()];
    let mut free = 0;
    for at in order {
        let entry = &listed[at];
        let wrong = || ContainerError::Structure(entry.name.to_owned());
        if entry.at < free || entry.at - free > GAP_MAX {
            return Err(wrong());
        }
        let header = bytes.get(entry.at..directory).ok_or_else(wrong)?;
        let (data, used) = local(header, entry).ok_or_else(wrong)?;
        out[at] = data;
        free = entry.at + used;
    }
    if directory - free > GAP_MAX {
        return Err(ContainerError::Structure("末尾".to_owned()));
    }
    Ok(out)
}

fn local<'a>(header: &'a [u8], entry: &Listed<'_>) -> Option<(&'a [u8], usize)> {
    header
        .starts_with(&0x0403_4b50u32.to_le_bytes())
        .then_some(())?;
    let (name, extra) = (usize::from(two(header, 26)?), usize::from(two(header, 28)?));
    let from = 30 + name + extra;
    let same_name = header.get(30..30 + name)? == entry.name.as_bytes();
    let common = header.get(4..26)?;
    // with bit 3 the checksum and lengths follow the data: then only the rest is compared
    let later = two(header, 6)? & 8 != 0;
    let compared = if later { 10 } else { 22 };
    // the version needed to extract may differ between the two
    (same_name && common[2..compared] == entry.common[2..compared]).then_some(())?;
    let used = from + entry.packed;
    Some((header.get(from..used)?, used))
}

fn unpack(entry: &Listed<'_>, packed: &[u8]) -> Entry {
    let content = match entry.method {
        0 => packed.to_vec(),
        _ => inflate(packed, entry.length),
    };
    let mut crc = Crc::new();
    crc.update(&content);
    let expected = four(entry.common, 10);
    Entry {
        name: entry.name.to_owned(),
        whole: content.len() == entry.length && usize::try_from(crc.sum()).ok() == expected,
        content,
    }
}

/// Unpacks at most `length` bytes.
fn inflate(packed: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length.min(UNPACKED_MAX));
    let mut unpacker = Decompress::new(false);
    // one byte of room more than said: an entry that holds more is not whole
    out.reserve_exact(1);
    let _ = unpacker.decompress_vec(packed, &mut out, FlushDecompress::Finish);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let entries: Vec<Arc<Packed>> = parts
            .iter()
            .map(|(name, content)| Arc::new(Packed::new(name, content, 6).unwrap()))
            .collect();
        write(&entries)
    }

    #[test]
    fn what_was_written_is_read() {
        let long = vec![b'x'; 100_000];
        let bytes = package(&[("OFD.xml", b"<a/>"), ("Doc_0/b.xml", &long), ("empty", b"")]);
        let read = read(&bytes).unwrap();
        let names: Vec<&str> = read.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["OFD.xml", "Doc_0/b.xml", "empty"]);
        assert!(read.iter().all(|entry| entry.whole));
        assert_eq!(read[1].content, long);
    }

    #[test]
    fn tricks_are_refused() {
        for name in [
            "../etc/passwd",
            "/a",
            "a\\b",
            "a//b",
            "C:a",
            "a/./b",
            "a\u{1}",
        ] {
            let found = read(&package(&[(name, b"x")]));
            assert!(matches!(found, Err(ContainerError::Name(_))), "{name}");
        }
        let double = package(&[("OFD.xml", b"1"), ("ofd.XML", b"2")]);
        assert!(matches!(read(&double), Err(ContainerError::Double(_))));
        let bomb = package(&[("a", &vec![0; 8 * 1024 * 1024])]);
        assert!(matches!(read(&bomb), Err(ContainerError::Bomb(_))));
        let names: Vec<String> = (0..201).map(|n| format!("f{n}")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b""[..])).collect();
        assert_eq!(read(&package(&many)), Err(ContainerError::TooMany));
        assert_eq!(
            read(&vec![0; PACKED_MAX + 1]),
            Err(ContainerError::TooLarge)
        );
        let good = package(&[("a", b"12345")]);
        let mut hidden = good.clone();
        hidden.splice(0..0, vec![b'!'; 40]);
        assert!(read(&hidden).is_err(), "data in front");
        let mut after = good;
        after.extend(b"more");
        assert_eq!(read(&after), Err(ContainerError::NotZip));
    }

    #[test]
    fn an_entry_that_says_it_is_shorter_than_it_is_is_not_whole() {
        let mut bytes = package(&[("a", &[b'y'; 5000])]);
        for at in 0..bytes.len() - 4 {
            if bytes[at..at + 4] == 5000u32.to_le_bytes() {
                bytes[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
            }
        }
        let entries = read(&bytes).unwrap();
        assert!(!entries[0].whole);
        assert!(entries[0].content.len() < 100);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn broken_packages_never_panic(cut in any::<proptest::sample::Index>(), flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6)) {
            let mut bytes = package(&[("OFD.xml", b"<a/>"), ("Doc_0/b.xml", &[7; 300])]);
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let _ = read(&bytes);
            bytes.truncate(cut.index(bytes.len() + 1));
            let _ = read(&bytes);
        }
    }
}
