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
    routing::MethodRouter,
};
use http::StatusCode;
use utoipa::Path as _;
use utoipa_axum::{PathItemExt as _, paste};

use crate::{
    app::{App, Shared},
    auth::{guard_reads, identify},
    dashboard, hosts,
    limits::LARGEST_BODY,
    problem::Refusal,
};

/// Every handler, in a list for whichever macro makes something of it: the router, or the document that describes it.
macro_rules! handlers {
    ($made:ident) => {
        $made! {
            reads: fleet::get_fleet, plans::list_plans, plans::get_plan, foresight::get_foresight, events::list_plan_events,
                events::list_events, stream::get_stream, daemon::get_metrics;
            // Whoever gives orders is asked for by each of these.
            orders: orders::order_plan, handover::get_handover, orders::order_fleet, reconcile::reconcile,
                daemon::set_log_level;
            open: document::get_document, daemon::get_health, daemon::get_readiness, daemon::push_hook;
        }
    };
}
#[cfg(test)]
use handlers;

/// A route with the path and the methods that its handler's description says.
macro_rules! route {
    ($router:expr, $module:ident::$handler:ident) => {{
        paste! {
            let methods = $module::[<__path_ $handler>]::methods();
            let on = methods.iter().fold(MethodRouter::new(), |router, method| {
                router.on(method.to_method_filter(), $module::$handler)
            });
            $router.route(&$module::[<__path_ $handler>]::path(), on)
        }
    }};
}

macro_rules! routers {
    ($($group:ident: $($module:ident::$handler:ident),+;)+) => {
        [$({
            let router = Router::new();
            $(let router = route!(router, $module::$handler);)+
            router
        }),+]
    };
}

/// Everything but the pages.
fn api() -> Router<Shared> {
    let [reads, orders, open] = handlers!(routers);
    let reads = reads.route_layer(middleware::from_fn(guard_reads));
    reads.merge(orders).merge(open)
}

/// The whole router.
pub(crate) fn router(app: &Arc<App>, pages: Router<Shared>) -> Router {
    api()
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
