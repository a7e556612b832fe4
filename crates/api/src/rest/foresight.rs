//! What a plan will do, before it does anything.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::extract::{Segments, plan_name};
use crate::{
    app::Shared,
    model::{Foresight, Problem},
    problem::Refusal,
    view,
};

/// What lies ahead of one plan
///
/// Every call that its migration will make from here on, in order, each with its resource, its IAM action and what changes; the
/// waits and gates between them with their earliest times; what will be in the account and what will be gone. From what the
/// daemon saw last and what people said; nothing is asked of AWS. It shows the way on which nothing goes wrong.
#[utoipa::path(
    get,
    path = "/api/v1/plans/{name}/foresight",
    tag = "plans",
    operation_id = "getForesight",
    params(("name" = String, Path, description = "The plan's name.", example = "checkout")),
    responses(
        (status = 200, description = "What lies ahead.", body = Foresight),
        (status = 400, description = "The name is none.", body = Problem),
        (status = 401, description = "Reading needs a token here.", body = Problem),
        (status = 404, description = "There is no such plan.", body = Problem),
        (status = 503, description = "The plan was not looked at yet.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn get_foresight(
    State(app): State<Shared>,
    Segments(name): Segments<String>,
) -> Result<Json<Foresight>, Refusal> {
    let name = plan_name(&name)?;
    let none = || Refusal::not_found(format!("there is no plan called {name}"));
    let shown = app.api.board.plan(name).ok_or_else(none)?;
    let now = (app.api.now)(());
    let unseen = || Refusal::unavailable(format!("plan {name} was not looked at yet"));
    // Some thousand imagined rounds at most: not on a thread that others wait for, and not too many at once.
    let turn = Arc::clone(&app.foreseeing).acquire_owned().await;
    let foreseen = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        view::of_view(&shown, now)
    });
    let foreseen = foreseen.await.ok().flatten();
    foreseen.map(Json).ok_or_else(unseen)
}
