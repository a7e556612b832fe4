//! The fleet at a glance.

use axum::{Json, extract::State};

use crate::{
    app::Shared,
    model::{Fleet, Problem},
};

/// The fleet at a glance
///
/// How many plans stand where, which ones need a person, where plans come from, and what the fleet can be told now.
#[utoipa::path(
    get,
    path = "/api/v1/fleet",
    tag = "fleet",
    operation_id = "getFleet",
    responses(
        (status = 200, description = "The fleet.", body = Fleet),
        (status = 401, description = "Reading needs a token here.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn get_fleet(State(app): State<Shared>) -> Json<Fleet> {
    Json(app.fleet())
}
