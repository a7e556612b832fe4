//! Tells the binary its commit: from `SIXSHIFT_COMMIT`, else from git, else not at all. Tells the linker what makes a release
//! smaller, and what of it is rarely run, where it is one that can.

use std::{path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-env-changed=SIXSHIFT_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=SIXSHIFT_TARGET={target}");
    let given = std::env::var("SIXSHIFT_COMMIT").ok();
    if let Some(commit) = given.filter(|c| !c.is_empty()).or_else(head) {
        println!("cargo::rustc-env=SIXSHIFT_BUILT_FROM={commit}");
    }
    if std::env::var("PROFILE").as_deref() == Ok("release") && links_with_lld(&target) {
        // Equal code once, whatever its address: rustc does not say of which functions the address counts, so that the linker's
        // "safe" would leave all of them.
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all,-O2");
        let apart = Path::new(env!("CARGO_MANIFEST_DIR")).join("rare.ld");
        println!("cargo::rerun-if-changed=rare.ld");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", apart.display());
        if knows_relr() {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// Whether this is a toolchain that brings its own lld and links with it, as Rust's own do for this target.
fn links_with_lld(target: &str) -> bool {
    let rustc = std::env::var("RUSTC").unwrap_or_default();
    let sysroot = said(&rustc, &["--print", "sysroot"]).unwrap_or_default();
    let lld = Path::new(&sysroot).join(format!("lib/rustlib/{target}/bin/gcc-ld/ld.lld"));
    target == "x86_64-unknown-linux-gnu" && lld.exists()
}

/// Whether what starts the binary unpacks packed relocations: it does itself, or a glibc of 2.36 or newer does.
fn knows_relr() -> bool {
    let features = std::env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let version = said("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_default();
    let minor = version
        .strip_prefix("glibc 2.")
        .and_then(|m| m.parse().ok());
    features.split(',').any(|f| f == "crt-static") || minor.is_some_and(|minor: u32| minor >= 36)
}

/// The commit that is checked out. Each new one is in this log, in a work tree of its own too.
fn head() -> Option<String> {
    let commit = git(&["rev-parse", "HEAD"])?;
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
    Some(commit)
}

/// What git answers; nothing where there is no git, or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    said("git", arguments)
}

/// What a program prints; nothing where it is not there or fails.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let answer = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let text = text.trim().to_owned();
    (answer.status.success() && !text.is_empty()).then_some(text)
}
