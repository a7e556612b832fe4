//! Settings, secrets, plans and notifications in AWS's stores, over another project's AWS: moto's server, which boto3 fills and changes while the
//! product reads.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod between;
mod bucket;
mod daemon;
mod denied;
mod moto;
mod publication;
mod rotated;
mod secrets;
mod settings;
mod table;
mod told;
