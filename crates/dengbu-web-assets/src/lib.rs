//! The built front end (`web/dist`), embedded into the binary. Empty when the
//! front end was not built: the server then says so instead of showing pages.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Dist;

/// A file of the front end by its path below `dist/`, such as `staff.html`.
#[must_use]
pub fn get(path: &str) -> Option<Cow<'static, [u8]>> {
    Dist::get(path).map(|f| f.data)
}

/// True when the front end was built into this binary.
#[must_use]
pub fn is_built() -> bool {
    Dist::get("staff.html").is_some()
}
