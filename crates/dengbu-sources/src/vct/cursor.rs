//! Lines of a VCT file with their places.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::Encoding;

use crate::error::SourceError;
use crate::text::EncodingGuess;

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Byte offset of a line.
    pub offset: u64,
    /// Lines before it.
    pub line: u64,
}

/// Reads lines that hold something, and jumps.
pub struct Cursor {
    input: BufReader<File>,
    encoding: &'static Encoding,
    place: At,
    line_bytes: usize,
    raw: Vec<u8>,
    text: String,
    before: At,
}

impl Cursor {
    /// At the beginning of a file.
    pub fn open(
        path: &Path,
        guess: &EncodingGuess,
        line_bytes: usize,
    ) -> Result<Self, SourceError> {
        let mut file = File::open(path).map_err(SourceError::io(path))?;
        file.seek(SeekFrom::Start(guess.mark as u64))
            .map_err(SourceError::io(path))?;
        let place = At {
            offset: guess.mark as u64,
            line: 0,
        };
        Ok(Self {
            input: BufReader::with_capacity(1 << 16, file),
            encoding: guess.encoding,
            place,
            line_bytes,
            raw: Vec::new(),
            text: String::new(),
            before: place,
        })
    }

    /// Where the line last read begins.
    pub fn before(&self) -> At {
        self.before
    }

    /// Number of the line last read, from 1.
    pub fn line(&self) -> u64 {
        self.place.line
    }

    /// Goes to a place.
    pub fn jump(&mut self, at: At) -> std::io::Result<()> {
        let distance = i128::from(at.offset) - i128::from(self.place.offset);
        let distance = i64::try_from(distance).unwrap_or(0);
        self.input.seek_relative(distance)?;
        self.place = at;
        Ok(())
    }

    /// The next line that isn't blank, trimmed; `None` at the end. A line beyond the limit comes
    /// as U+FFFD.
    pub fn next(&mut self) -> std::io::Result<Option<&str>> {
        loop {
            self.raw.clear();
            self.before = self.place;
            let mut used = 0_u64;
            let mut too_long = false;
            loop {
                let chunk = self.input.fill_buf()?;
                if chunk.is_empty() {
                    break;
                }
                let end = chunk.iter().position(|b| *b == b'\n');
                let take = end.unwrap_or(chunk.len());
                if self.raw.len() + take > self.line_bytes {
                    too_long = true;
                    self.raw.clear();
                }
                if !too_long {
                    self.raw.extend_from_slice(&chunk[..take]);
                }
                let step = end.map_or(take, |e| e + 1);
                self.input.consume(step);
                used += step as u64;
                if end.is_some() {
                    break;
                }
            }
            if used == 0 {
                return Ok(None);
            }
            self.place.offset += used;
            self.place.line += 1;
            if too_long {
                self.text.clear();
                self.text.push('\u{fffd}');
                return Ok(Some(&self.text));
            }
            let (decoded, _) = self.encoding.decode_without_bom_handling(&self.raw);
            let trimmed = decoded.trim();
            if !trimmed.is_empty() {
                let trimmed = trimmed.to_owned();
                self.text = trimmed;
                return Ok(Some(&self.text));
            }
        }
    }
}
