//! Text files: which encoding, and their lines one by one.

mod encoding;
mod lines;

pub use encoding::{EncodingGuess, decode_fully, guess, guess_bytes, label};
pub use lines::{Line, Lines};
