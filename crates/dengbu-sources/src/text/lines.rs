//! Lines of a text file of any size, decoded one by one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::encoding::EncodingGuess;

/// A line as it stands in the file, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its text; characters the encoding doesn't know are U+FFFD.
    Text(&'a str),
    /// Longer than the limit; skipped up to its end.
    TooLong,
}

/// Reads a file line by line in flat memory. Line ends are LF or CR LF.
pub struct Lines {
    input: Box<dyn BufRead + Send>,
    encoding: &'static Encoding,
    limit: usize,
    raw: Vec<u8>,
    text: String,
    number: u64,
}

impl Lines {
    /// Over an opened file, behind the mark at its beginning.
    pub fn new(mut file: File, guess: &EncodingGuess, limit: usize) -> std::io::Result<Self> {
        file.seek(SeekFrom::Start(guess.mark as u64))?;
        Ok(Self::over(Box::new(file), guess.encoding, limit))
    }

    /// Over any bytes.
    pub fn over(input: Box<dyn Read + Send>, encoding: &'static Encoding, limit: usize) -> Self {
        // The bytes of CR and LF occur only as such in GBK, GB18030, Big5 and UTF-8; not so in
        // UTF-16, which is turned into UTF-8 first.
        let wide = encoding == UTF_16LE || encoding == UTF_16BE;
        let (input, encoding): (Box<dyn BufRead + Send>, _) = if wide {
            let narrow = Transcoding::new(input, encoding);
            (Box::new(BufReader::with_capacity(1 << 16, narrow)), UTF_8)
        } else {
            (Box::new(BufReader::with_capacity(1 << 16, input)), encoding)
        };
        Self {
            input,
            encoding,
            limit,
            raw: Vec::new(),
            text: String::new(),
            number: 0,
        }
    }

    /// Number of the line last read, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end.
    pub fn next_line(&mut self) -> std::io::Result<Option<Line<'_>>> {
        self.raw.clear();
        let mut too_long = false;
        let mut any = false;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                if !any {
                    return Ok(None);
                }
                break;
            }
            any = true;
            let end = chunk.iter().position(|b| *b == b'\n');
            let take = end.map_or(chunk.len(), |e| e);
            if self.raw.len() + take > self.limit {
                too_long = true;
                self.raw.clear();
            }
            if !too_long {
                self.raw.extend_from_slice(&chunk[..take]);
            }
            let used = end.map_or(take, |e| e + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        if self.raw.last() == Some(&b'\r') {
            self.raw.pop();
        }
        self.text.clear();
        let (decoded, _) = self.encoding.decode_without_bom_handling(&self.raw);
        self.text.push_str(&decoded);
        Ok(Some(Line::Text(&self.text)))
    }
}

/// Turns a UTF-16 stream into UTF-8.
struct Transcoding {
    input: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    out: Vec<u8>,
    out_at: usize,
    done: bool,
}

impl Transcoding {
    fn new(input: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; 1 << 15],
            raw_at: 0,
            raw_end: 0,
            out: Vec::new(),
            out_at: 0,
            done: false,
        }
    }

    fn refill(&mut self) -> std::io::Result<()> {
        if self.raw_at == self.raw_end {
            self.raw_end = self.input.read(&mut self.raw)?;
            self.raw_at = 0;
            self.done = self.raw_end == 0;
        }
        self.out.resize(1 << 17, 0);
        let (result, read, written, _) = self.decoder.decode_to_utf8(
            &self.raw[self.raw_at..self.raw_end],
            &mut self.out,
            self.done,
        );
        self.raw_at += read;
        self.out.truncate(written);
        self.out_at = 0;
        if matches!(result, CoderResult::OutputFull) {
            self.done = false;
        }
        Ok(())
    }
}

impl Read for Transcoding {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.out_at == self.out.len() {
            if self.done {
                return Ok(0);
            }
            self.refill()?;
        }
        let n = buffer.len().min(self.out.len() - self.out_at);
        buffer[..n].copy_from_slice(&self.out[self.out_at..self.out_at + n]);
        self.out_at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: Vec<u8>, encoding: &'static Encoding, limit: usize) -> Vec<String> {
        let mut lines = Lines::over(Box::new(std::io::Cursor::new(bytes)), encoding, limit);
        let mut out = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            out.push(match line {
                Line::Text(t) => t.to_owned(),
                Line::TooLong => "<long>".to_owned(),
            });
        }
        out
    }

    #[test]
    fn ends_and_encodings() {
        let text = "一行\r\n\n第三行,甲";
        let want = ["一行", "", "第三行,甲"];
        assert_eq!(all(text.into(), UTF_8, 100), want);
        let gbk = encoding_rs::GBK.encode(text).0.into_owned();
        assert_eq!(all(gbk, encoding_rs::GBK, 100), want);
        let wide = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(all(wide, UTF_16BE, 100), want);
    }

    #[test]
    fn a_line_beyond_the_limit_is_skipped_alone() {
        let text = format!("a\n{}\nb\n", "x".repeat(300_000));
        assert_eq!(all(text.into(), UTF_8, 1000), ["a", "<long>", "b"]);
    }
}
