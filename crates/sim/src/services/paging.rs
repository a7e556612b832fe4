//! Pages of a list: the token is the place to go on from, written so that no client can read anything else into it.
//!
//! What must not be here: what is listed.

use super::AwsError;
use crate::Value;

const PREFIX: &str = "sim-page-";

/// A page of items from a token on, and the token of the next page where there is one.
///
/// # Errors
/// `invalid` when the token is none that was given out.
pub(crate) fn page<T>(
    items: Vec<T>,
    token: &Value,
    size: usize,
    invalid: impl Fn() -> AwsError,
) -> Result<(Vec<T>, Value), AwsError> {
    let start = start(token).ok_or_else(&invalid)?;
    if start > items.len() {
        return Err(invalid());
    }
    let more = items.len() > start + size;
    let page = items.into_iter().skip(start).take(size).collect();
    Ok((
        page,
        if more {
            next(start + size)
        } else {
            Value::Null
        },
    ))
}

/// Where a token says to go on; the beginning when there is none.
pub(crate) fn start(token: &Value) -> Option<usize> {
    match token.as_str() {
        None | Some("") => Some(0),
        Some(token) => token.strip_prefix(PREFIX)?.parse().ok(),
    }
}

/// The token that goes on at a place.
pub(crate) fn next(at: usize) -> Value {
    Value::from(format!("{PREFIX}{at}"))
}
