//! The OpenAPI document: its text, which a test makes from the handlers, so that no binary has to.

use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

const DOCUMENT: &str = include_str!("../../../../docs/reference/openapi.json");

/// This document
///
/// OpenAPI 3.1, made from the handlers.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "daemon",
    operation_id = "getDocument",
    responses((status = 200, description = "The document.", body = serde_json::Value)),
    security(())
)]
pub(super) async fn get_document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT)
}

#[cfg(test)]
mod made;
