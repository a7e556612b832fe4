//! REST, and the document that describes it.
//!
//! What belongs here: routes, from a request to a question or an order of [`App`]. What must not: a figure of a plan.

mod daemon;
mod document;
mod events;
mod extract;
mod fleet;
mod foresight;
mod handover;
mod layers;
mod orders;
mod plans;
mod reconcile;
mod stream;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::{App, Shared},
    auth::{guard_reads, identify},
    dashboard, hosts,
    limits::LARGEST_BODY,
    problem::Refusal,
};

/// Everything but the pages, and the document that describes it.
fn api() -> OpenApiRouter<Shared> {
    let reads = OpenApiRouter::new()
        .routes(routes!(fleet::get_fleet))
        .routes(routes!(plans::list_plans))
        .routes(routes!(plans::get_plan))
        .routes(routes!(foresight::get_foresight))
        .routes(routes!(events::list_plan_events))
        .routes(routes!(events::list_events))
        .routes(routes!(stream::get_stream))
        .routes(routes!(daemon::get_metrics))
        .route_layer(middleware::from_fn(guard_reads));
    // Whoever gives orders is asked for by each of these.
    let orders = OpenApiRouter::new()
        .routes(routes!(orders::order_plan))
        .routes(routes!(handover::get_handover))
        .routes(routes!(orders::order_fleet))
        .routes(routes!(reconcile::reconcile))
        .routes(routes!(daemon::set_log_level));
    let open = OpenApiRouter::new()
        .routes(routes!(document::get_document))
        .routes(routes!(daemon::get_health))
        .routes(routes!(daemon::get_readiness))
        .routes(routes!(daemon::push_hook));
    OpenApiRouter::with_openapi(document::document())
        .merge(reads)
        .merge(orders)
        .merge(open)
}

/// The whole router.
pub(crate) fn router(app: &Arc<App>, pages: Router<Shared>) -> Router {
    let (routes, _) = api().split_for_parts();
    routes
        .merge(pages)
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(app), identify))
        .layer(middleware::from_fn(layers::in_time))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            hosts::check,
        ))
        .layer(middleware::from_fn(layers::headers))
        .with_state(Arc::clone(app))
}

async fn not_found(State(app): State<Shared>, request: Request) -> Response {
    let message = format!("there is nothing at {}", request.uri().path());
    lost(&app, &request, Refusal::not_found(message))
}

async fn wrong_method(State(app): State<Shared>, request: Request) -> Response {
    let message = format!("{} does not know this method", request.uri().path());
    let refusal = Refusal::of_status(StatusCode::METHOD_NOT_ALLOWED, message);
    lost(&app, &request, refusal)
}

/// As a page for who reads pages.
fn lost(app: &App, request: &Request, refusal: Refusal) -> Response {
    dashboard::lost(app, request, &refusal).unwrap_or_else(|| refusal.into_response())
}
