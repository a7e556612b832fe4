//! Parts of a request, each refused in the API's own words.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{
    app::Shared,
    auth::{Caller, Operator},
    limits::Client,
    problem::Refusal,
};

/// The longest name of a plan: a DNS label.
const LONGEST_NAME: usize = 63;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refusal> {
        let Json(value) = Json::from_request(request, app).await?;
        Ok(Self(value))
    }
}

/// A query.
pub(super) struct Asks<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Asks<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Query(value) = Query::from_request_parts(parts, app).await?;
        Ok(Self(value))
    }
}

/// Parts of the path.
pub(super) struct Segments<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Segments<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path(value) = Path::from_request_parts(parts, app).await?;
        Ok(Self(value))
    }
}

/// Who may give orders, and has not given too many. Asked before the body is read.
impl FromRequestParts<Shared> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let csrf = parts
            .headers
            .get("x-csrf-token")
            .and_then(|v| v.to_str().ok());
        let caller = parts
            .extensions
            .get::<Caller>()
            .cloned()
            .unwrap_or_default();
        let operator = caller.operator(csrf)?;
        if let Some(client) = parts.extensions.get::<Client>() {
            app.orders.take(client)?;
        }
        Ok(operator)
    }
}

/// Whether a text can be a plan's name at all; what cannot is not looked for, nor repeated.
pub(super) fn plan_name(name: &str) -> Result<&str, Refusal> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return Err(Refusal::not_found("that is no name of a plan"));
    }
    Ok(name)
}
