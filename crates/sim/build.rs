//! Packs the table of AWS's models: the region is in the program that people install.

use std::io::Write as _;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    const TABLE: &str = "contract/aws.txt";
    println!("cargo::rerun-if-changed={TABLE}");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let file = fs::File::create(format!("{out}/aws.txt.gz"))?;
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    packed.write_all(&fs::read(TABLE)?)?;
    packed.finish().map(|_| ())
}
