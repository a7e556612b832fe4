//! Plans from real git repositories and folders on disk, through the real source.
//!
//! The repositories are made with the `git` program, as people make them; the source reads them without it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod desired;
mod folder;
mod made;
mod over_http;
mod over_ssh;
mod repository;
mod server;
mod shared;
