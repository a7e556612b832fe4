//! Orders, to one plan and to the fleet.

use axum::{Json, extract::State};
use sixshift_controller::command::Verb;

use super::extract::{Body, Segments, plan_name};
use crate::{
    app::Shared,
    auth::Operator,
    model::{Accepted, Order, Problem},
    problem::Refusal,
};

/// Tells a plan something
///
/// The order counts once it is answered with 200: it is then in the journal, with who and why. One that cannot be carried
/// out now is answered with 409 and the reason; the plan's `commands` say beforehand which ones would be. A page's
/// requests, known by a cookie, repeat the page's token in the header `X-CSRF-Token`.
#[utoipa::path(
    post,
    path = "/api/v1/plans/{name}/{verb}",
    tag = "orders",
    operation_id = "orderPlan",
    params(
        ("name" = String, Path, description = "The plan's name.", example = "checkout"),
        ("verb" = inline(PlanVerb), Path, description = "What it is told.", example = "pause"),
    ),
    request_body(content = Order, example = json!({"reason": "load test until 15:00", "actor": "ann"})),
    responses(
        (status = 200, description = "It counts.", body = Accepted),
        (status = 400, description = "The order is not whole.", body = Problem),
        (status = 401, description = "Orders need a token.", body = Problem),
        (status = 403, description = "The token's role may only read, or the request came from another site's page.", body = Problem),
        (status = 404, description = "There is no such plan or verb.", body = Problem),
        (status = 409, description = "It cannot be carried out now.", body = Problem, example = json!({"code": "refused", "detail": "cannot resume now: it is not paused", "remedy": "look at the plan's `commands`: each says why it is refused now"})),
        (status = 413, description = "The body is too large.", body = Problem),
        (status = 415, description = "The body is not JSON.", body = Problem),
        (status = 422, description = "The body is not an order.", body = Problem),
        (status = 429, description = "Too many orders from this address.", body = Problem),
        (status = 503, description = "The daemon cannot take orders now.", body = Problem),
    ),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn order_plan(
    State(app): State<Shared>,
    operator: Operator,
    Segments((name, verb)): Segments<(String, String)>,
    Body(order): Body<Order>,
) -> Result<Json<Accepted>, Refusal> {
    let name = plan_name(&name)?;
    let verb = verb_of(&verb, false)?;
    Ok(Json(app.order(&operator, verb, Some(name), order).await?))
}

/// Tells the whole fleet something
///
/// `freeze` stops every plan, also from taking traffic back; `unfreeze` lets them go on.
#[utoipa::path(
    post,
    path = "/api/v1/fleet/{verb}",
    tag = "orders",
    operation_id = "orderFleet",
    params(("verb" = inline(FleetVerb), Path, description = "What it is told.", example = "freeze")),
    request_body(content = Order, example = json!({"reason": "incident 42", "actor": "ann"})),
    responses(
        (status = 200, description = "It counts.", body = Accepted),
        (status = 400, description = "The order is not whole.", body = Problem),
        (status = 401, description = "Orders need a token.", body = Problem),
        (status = 403, description = "The token's role may only read, or the request came from another site's page.", body = Problem),
        (status = 404, description = "There is no such verb.", body = Problem),
        (status = 409, description = "It cannot be carried out now.", body = Problem),
        (status = 413, description = "The body is too large.", body = Problem),
        (status = 415, description = "The body is not JSON.", body = Problem),
        (status = 422, description = "The body is not an order.", body = Problem),
        (status = 429, description = "Too many orders from this address.", body = Problem),
        (status = 503, description = "The daemon cannot take orders now.", body = Problem),
    ),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn order_fleet(
    State(app): State<Shared>,
    operator: Operator,
    Segments(verb): Segments<String>,
    Body(order): Body<Order>,
) -> Result<Json<Accepted>, Refusal> {
    let verb = verb_of(&verb, true)?;
    Ok(Json(app.order(&operator, verb, None, order).await?))
}

fn verb_of(name: &str, for_fleet: bool) -> Result<Verb, Refusal> {
    let verb = Verb::from_name(name).filter(|v| v.is_for_fleet() == for_fleet);
    verb.ok_or_else(|| Refusal::not_found("that is no order"))
}

/// The verbs of a plan, for the document.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum PlanVerb {
    Approve,
    Promote,
    Pause,
    Resume,
    Abort,
    Retry,
    Adopt,
}

/// The verbs of the fleet, for the document.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum FleetVerb {
    Freeze,
    Unfreeze,
}
