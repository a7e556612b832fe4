//! later
use super::{Code, Estate};
/// t
#[must_use]
pub fn cloudformation(_: &Estate) -> Code {
    Code {
        text: String::new(),
        lacks: Vec::new(),
    }
}
/// t
#[must_use]
pub fn resources_to_import(_: &Estate) -> serde_json::Value {
    serde_json::Value::Null
}
