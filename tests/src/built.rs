//! Where the product's binary is.

use std::path::PathBuf;

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
#[error(
    "the binary is not at {0}: `cargo test --workspace` and `cargo nextest run --workspace` build it; `cargo build` does, too"
)]
pub struct NoBinary(PathBuf);

/// The binary `sixshift` of the build that this test is from.
///
/// # Errors
/// When it was not built.
pub fn binary() -> Result<PathBuf, NoBinary> {
    // Tests lie in target/PROFILE/deps, the binary beside that folder.
    let test = std::env::current_exe().unwrap_or_default();
    let profile = test
        .ancestors()
        .nth(2)
        .map_or_else(PathBuf::new, PathBuf::from);
    let binary = profile.join(format!("sixshift{}", std::env::consts::EXE_SUFFIX));
    if binary.exists() {
        Ok(binary)
    } else {
        Err(NoBinary(binary))
    }
}
