//! What the product promises, run against the binary or the public crates.
