//! The YAML as written becomes a [`Plan`] that is valid by construction.
//!
//! `model` is what the rest of the program sees; [`source`] is what people write (and the JSON Schema's origin);
//! [`parse`](parse()) goes from one to the other and collects every error with its position.

mod diagnostic;
mod draft;
mod gauge;
mod identity;
mod model;
mod parse;
mod probe;
mod reference;
mod schema;
pub mod source;
mod spelling;
mod write;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use gauge::{
    Bound, Expression, Gauge, Lines, MOST_POINTS, MissingPoint, OfTasks, Pattern, Per, Place,
    Source, Stat, between_slashes,
};
pub use model::*;
pub(crate) use parse::USUAL;
pub use parse::{MOST_BYTES, check, closest, is_region, is_role_arn, mistake_at, parse, parse_set};
pub use probe::{Expected, HttpProbe, Probe};
pub use reference::reference_markdown;
pub use schema::{schema, schema_of};
pub use spelling::{DURATION_PATTERN, duration, share};
pub(crate) use spelling::{duration_text, latency_text, percent_text};
