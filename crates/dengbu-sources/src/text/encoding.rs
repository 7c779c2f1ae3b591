//! Guessing the encoding of a text, with the evidence for it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Serialize, Serializer};

use crate::error::SourceError;

/// An encoding and why it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EncodingGuess {
    /// The encoding.
    #[serde(serialize_with = "name")]
    pub encoding: &'static Encoding,
    /// Bytes of the mark at the beginning, to be skipped.
    pub mark: usize,
    /// Why, in Chinese.
    pub evidence: String,
}

fn name<S: Serializer>(encoding: &&'static Encoding, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(encoding.name())
}

/// How much of a file is looked at for its encoding.
const SAMPLE: usize = 1 << 20;
/// How far into a file of nothing but ASCII the first other character is sought.
const SOUGHT: u64 = 256 << 20;

/// An encoding by the name an operator or a `.cpg` gives it (GBK, cp936, UTF-8, 65001, LDID/77).
pub fn label(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().trim_matches('\0').trim();
    match name.to_ascii_uppercase().as_str() {
        "936" | "CP936" | "ANSI 936" | "LDID/77" | "GB2312" | "GBK" => Some(GBK),
        "65001" | "UTF8" | "UTF-8" => Some(UTF_8),
        "54936" | "GB18030" => Some(GB18030),
        "950" | "CP950" | "BIG5" => Some(encoding_rs::BIG5),
        _ => Encoding::for_label(name.as_bytes()),
    }
}

/// Guesses the encoding of a file; `told`, when given, is taken as it is.
///
/// # Errors
/// The file cannot be read.
pub fn guess(file: &Path, told: Option<&'static Encoding>) -> Result<EncodingGuess, SourceError> {
    let mut input = File::open(file).map_err(SourceError::io(file))?;
    let mut sample = vec![0; SAMPLE];
    let mut seen = 0;
    loop {
        let read = fill(&mut input, &mut sample).map_err(SourceError::io(file))?;
        let bytes = &sample[..read];
        let first = seen == 0;
        seen += read as u64;
        let mut found = guess_bytes(bytes, read == SAMPLE);
        if !first {
            found.mark = 0;
        }
        let plain = bytes.is_ascii();
        if !plain || read < SAMPLE || seen >= SOUGHT || (first && found.mark > 0) {
            if let Some(told) = told {
                found.mark = if found.encoding == told {
                    found.mark
                } else {
                    0
                };
                return Ok(EncodingGuess {
                    encoding: told,
                    mark: found.mark,
                    evidence: "按指定的编码读取".to_owned(),
                });
            }
            return Ok(found);
        }
    }
}

fn fill(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut at = 0;
    while at < buffer.len() {
        match input.read(&mut buffer[at..])? {
            0 => break,
            n => at += n,
        }
    }
    Ok(at)
}

/// Guesses from bytes; `cut` when the text goes on behind them.
pub fn guess_bytes(bytes: &[u8], cut: bool) -> EncodingGuess {
    let found = |encoding, mark, evidence: String| EncodingGuess {
        encoding,
        mark,
        evidence,
    };
    for (mark, encoding, said) in [
        (&b"\xef\xbb\xbf"[..], UTF_8, "文件以 UTF-8 标记（BOM）开头"),
        (&b"\xff\xfe"[..], UTF_16LE, "文件以 UTF-16 标记（BOM）开头"),
        (&b"\xfe\xff"[..], UTF_16BE, "文件以 UTF-16 标记（BOM）开头"),
    ] {
        if bytes.starts_with(mark) {
            return found(encoding, mark.len(), said.to_owned());
        }
    }
    let zeros = |parity: usize| {
        bytes
            .iter()
            .skip(parity)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    // In UTF-16 every ASCII sign (commas, digits, line ends) has a zero byte beside it.
    let (even, odd) = (zeros(0), zeros(1));
    if even.max(odd) * 20 > bytes.len().max(20) {
        let encoding = if odd > even { UTF_16LE } else { UTF_16BE };
        return found(encoding, 0, "零字节的位置符合 UTF-16".to_owned());
    }
    if bytes.is_ascii() {
        return found(UTF_8, 0, "只有 ASCII 字符，任何编码都相同".to_owned());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => return found(UTF_8, 0, utf8_evidence(text)),
        Err(e) if cut && e.error_len().is_none() => {
            let text = std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default();
            return found(UTF_8, 0, utf8_evidence(text));
        }
        Err(_) => {}
    }
    chinese(bytes)
}

fn utf8_evidence(text: &str) -> String {
    let n = text.chars().filter(|c| !c.is_ascii()).count();
    format!("{n} 个非 ASCII 字符全部符合 UTF-8")
}

fn chinese(bytes: &[u8]) -> EncodingGuess {
    let (text, _) = GB18030.decode_without_bom_handling(bytes);
    let bad = text.chars().filter(|c| *c == '\u{fffd}').count();
    let han = text
        .chars()
        .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
        .count();
    let (utf8, _) = UTF_8.decode_without_bom_handling(bytes);
    let bad8 = utf8.chars().filter(|c| *c == '\u{fffd}').count();
    let han8 = utf8
        .chars()
        .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
        .count();
    // A UTF-8 file with a few spoilt places is still one.
    if han8 > 20 * bad8 && bad8 < bad.max(1) * 4 && han8 * 3 > han * 2 {
        return EncodingGuess {
            encoding: UTF_8,
            mark: 0,
            evidence: format!("{han8} 个汉字符合 UTF-8，{bad8} 处损坏"),
        };
    }
    let said = if bad == 0 {
        format!("不符合 UTF-8；{han} 个汉字全部符合 GBK/GB18030")
    } else {
        format!("不符合 UTF-8；按 GBK/GB18030 读得 {han} 个汉字，{bad} 处无法识别")
    };
    EncodingGuess {
        encoding: GB18030,
        mark: 0,
        evidence: said,
    }
}

/// Decodes bytes whole; characters that the encoding doesn't know become U+FFFD.
pub fn decode_fully(bytes: &[u8], encoding: &'static Encoding) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_offices_deliver() {
        let text = "姓名,坐落\n张三,炳草岗大街74号\n";
        let gbk = GBK.encode(text).0.into_owned();
        assert_eq!(guess_bytes(&gbk, false).encoding, GB18030);
        assert_eq!(guess_bytes(text.as_bytes(), false).encoding, UTF_8);
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let found = guess_bytes(&marked, false);
        assert_eq!((found.encoding, found.mark), (UTF_8, 3));
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(guess_bytes(&wide, false).encoding, UTF_16LE);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(guess_bytes(&wide, false).encoding, UTF_16BE);
        assert_eq!(guess_bytes(b"A,B\n1,2\n", false).encoding, UTF_8);
    }

    #[test]
    fn a_sample_cut_inside_a_character_is_still_utf8() {
        let text = "攀枝花市不动产登记";
        let bytes = &text.as_bytes()[..text.len() - 1];
        assert_eq!(guess_bytes(bytes, true).encoding, UTF_8);
        // Not cut: a spoilt end.
        assert!(
            guess_bytes(bytes, false).evidence.contains("无法识别")
                || guess_bytes(bytes, false).encoding == UTF_8
        );
    }

    #[test]
    fn labels_of_cpg_files() {
        for (l, e) in [
            ("GBK", GBK),
            ("936", GBK),
            ("UTF-8\r\n", UTF_8),
            ("LDID/77", GBK),
            ("gb18030", GB18030),
        ] {
            assert_eq!(label(l), Some(e), "{l}");
        }
        assert_eq!(label("klingon"), None);
    }
}
