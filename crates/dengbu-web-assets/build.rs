//! Rebuilds the crate when the front end was built anew.

#[expect(
    clippy::print_stdout,
    reason = "the protocol between a build script and cargo"
)]
fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
}
