//! What a migration left in AWS.

use axum::{Json, extract::State};

use super::extract::{Segments, plan_name};
use crate::{
    app::Shared,
    auth::Operator,
    model::{Handover, Problem},
    problem::Refusal,
};

/// What a migration left in AWS
///
/// AWS's documents of everything that infrastructure code has to take over once the migration is done, read at that moment;
/// `sixshift handover` writes code from them. A task definition's environment is among them, so it needs what an order needs,
/// and counts as one.
#[utoipa::path(
    get,
    path = "/api/v1/plans/{name}/handover",
    tag = "plans",
    operation_id = "getHandover",
    params(("name" = String, Path, description = "The plan's name.", example = "checkout")),
    responses(
        (status = 200, description = "The documents.", body = Handover),
        (status = 401, description = "It needs a token.", body = Problem),
        (status = 403, description = "The token's role may only read.", body = Problem),
        (status = 404, description = "There is no such plan.", body = Problem),
        (status = 409, description = "The migration is not done.", body = Problem, example = json!({"code": "notDone", "detail": "checkout is not done: it is at Bake.", "remedy": "look at the plan's `phase`: code takes over at Done"})),
        (status = 429, description = "Too many orders from this address.", body = Problem),
        (status = 503, description = "AWS did not tell all of it, or the daemon is ending.", body = Problem),
    ),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn get_handover(
    State(app): State<Shared>,
    _operator: Operator,
    Segments(name): Segments<String>,
) -> Result<Json<Handover>, Refusal> {
    Ok(Json(app.handover(plan_name(&name)?).await?))
}
