//! Rebuilds the crate when the front end was built anew.

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
}
