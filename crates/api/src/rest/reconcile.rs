//! A look at source and plans now.

use axum::{Json, extract::State};

use super::extract::{Body, plan_name};
use crate::{
    app::Shared,
    auth::Operator,
    model::{Problem, Reconcile, Reconciled},
    problem::Refusal,
};

/// The most plans that one request names.
const MOST_PLANS: usize = 1_000;

/// Looks at source and plans now
///
/// The source is read, and each of these plans has its next round at once instead of at its turn. Nothing else changes: the
/// round decides as any other would, and nothing is written to the journal. A plan whose last call failed keeps its
/// back-off; its sentence says until when. Several plans are one order against the limit of orders.
#[utoipa::path(
    post,
    path = "/api/v1/reconcile",
    tag = "orders",
    operation_id = "reconcile",
    request_body(content = Reconcile, example = json!({"plans": ["checkout"]})),
    responses(
        (status = 200, description = "They are looked at.", body = Reconciled),
        (status = 400, description = "The request is not whole.", body = Problem),
        (status = 401, description = "Orders need a token.", body = Problem),
        (status = 403, description = "The token's role may only read, or the request came from another site's page.", body = Problem),
        (status = 404, description = "There is no such plan; then none is looked at, but the source is read.", body = Problem),
        (status = 413, description = "The body is too large.", body = Problem),
        (status = 415, description = "The body is not JSON.", body = Problem),
        (status = 422, description = "The body names no plans as it should.", body = Problem),
        (status = 429, description = "Too many orders from this address.", body = Problem),
        (status = 503, description = "The daemon cannot take orders now.", body = Problem),
    ),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn reconcile(
    State(app): State<Shared>,
    _operator: Operator,
    Body(wanted): Body<Reconcile>,
) -> Result<Json<Reconciled>, Refusal> {
    if wanted.plans.len() > MOST_PLANS {
        let remedy = "name at most 1000 plans, or none for all";
        return Err(Refusal::bad_request("too many plans", remedy));
    }
    for name in &wanted.plans {
        plan_name(name)?;
    }
    Ok(Json(app.look_now(wanted.plans).await?))
}
