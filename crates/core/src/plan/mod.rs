//! The YAML as written becomes a [`Plan`] that is valid by construction.
//!
//! [`model`] is what the rest of the program sees; [`source`] is what people write (and the JSON Schema's origin);
//! [`parse`] goes from one to the other and collects every error with its position.

mod model;

pub use model::*;
