//! The stream of changes.

use axum::{
    Extension,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Asks, plan_name};
use crate::{app::Shared, auth::Caller, model::Problem, problem::Refusal, stream};

/// Of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only of this plan, and of the fleet.
    #[param(example = "checkout")]
    plan: Option<String>,
}

/// Changes as they happen
///
/// Server-sent events. First `snapshot` (a `Snapshot`) and a `plan` (a `PlanSummary`) for each plan; then `plan`, `gone`
/// (a `Gone`), `fleet` (a `Fleet`) and `event` (an `Event`) as they happen. Who comes back with the last `id` as
/// `Last-Event-ID` gets what is newer, missed events included, or a new `snapshot`. So does who reads too slowly.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    tag = "events",
    operation_id = "getStream",
    params(
        Which,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was received.", example = "1f0c22ab-120-7"),
    ),
    responses(
        (status = 200, description = "Events without end.", body = String, content_type = "text/event-stream"),
        (status = 400, description = "The query cannot be understood.", body = Problem),
        (status = 401, description = "Reading needs a token here.", body = Problem),
        (status = 404, description = "That is no name of a plan.", body = Problem),
        (status = 503, description = "As many streams are open as there may be.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn get_stream(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Asks(which): Asks<Which>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(name) = &which.plan {
        plan_name(name)?;
    }
    let place = app.hub.place()?;
    let from = headers.get("last-event-id");
    let from = from.and_then(|v| v.to_str().ok()?.parse().ok());
    let frames = stream::frames(app, caller, place, which.plan, from);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        // nginx would hold events back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(frames)).into_response())
}
