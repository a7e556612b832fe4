//! The daemon itself: whether it lives, what it counts, what it logs, and that its source has news.

use axum::{
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use sixshift_controller::{secret::Secret, source::webhook};

use super::extract::Body;
use crate::{
    app::Shared,
    auth::Operator,
    limits::LARGEST_HOOK,
    model::{LogLevel, Problem},
    problem::Refusal,
};

/// Prometheus' text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether the loop turns
///
/// For a container's health check: 503 means that the loop has not turned for a minute and the daemon is to be restarted.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "daemon",
    operation_id = "getHealth",
    responses(
        (status = 200, description = "It turns.", body = String, content_type = "text/plain"),
        (status = 503, description = "It hangs.", body = Problem),
    ),
    security(())
)]
pub(super) async fn get_health(State(app): State<Shared>) -> Result<&'static str, Refusal> {
    if app.api.board.is_turning() {
        return Ok("ok\n");
    }
    Err(Refusal::unavailable("the loop has not turned for a minute"))
}

/// Whether every plan was looked at
///
/// For a load balancer: 503 before the first look at all plans, and while the daemon shuts down. What only stops plans going
/// forward is said in the body of a 200: the daemon answers, and a restart would lose what it has not written.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "daemon",
    operation_id = "getReadiness",
    responses(
        (status = 200, description = "It is ready.", body = String, content_type = "text/plain"),
        (status = 503, description = "Not yet, or no more.", body = Problem),
    ),
    security(())
)]
pub(super) async fn get_readiness(State(app): State<Shared>) -> Result<String, Refusal> {
    let fleet = app.api.board.fleet();
    if fleet.ending {
        return Err(Refusal::unavailable("the daemon is shutting down"));
    }
    if fleet.first_look || !app.api.board.is_turning() {
        return Err(Refusal::unavailable(
            "not every plan has been looked at yet",
        ));
    }
    let journal = fleet.unwritten.as_ref();
    let journal =
        journal.map(|unwritten| format!("the journal cannot be written: {}", unwritten.why));
    Ok(match journal.or_else(|| fleet.clock.clone()) {
        None => "ok\n".to_owned(),
        Some(why) => format!("ok, but nothing goes forward: {why}\n"),
    })
}

/// All figures
///
/// In Prometheus' text format. docs/reference/metrics.md says what each means.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "daemon",
    operation_id = "getMetrics",
    responses(
        (status = 200, description = "The figures.", body = String, content_type = "text/plain"),
        (status = 401, description = "Reading needs a token here.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn get_metrics(State(app): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, METRICS)], (app.api.metrics)(())).into_response()
}

/// Sets what is logged
///
/// At once and until the daemon ends; the settings are not changed.
#[utoipa::path(
    put,
    path = "/log-level",
    tag = "daemon",
    operation_id = "setLogLevel",
    request_body(content = LogLevel, example = json!({"filter": "info,sixshift_aws=debug"})),
    responses(
        (status = 204, description = "It is set."),
        (status = 400, description = "That is no filter.", body = Problem),
        (status = 401, description = "It needs a token.", body = Problem),
        (status = 403, description = "The token's role may only read.", body = Problem),
        (status = 413, description = "The body is too large.", body = Problem),
        (status = 415, description = "The body is not JSON.", body = Problem),
        (status = 422, description = "The body is not a filter.", body = Problem),
        (status = 429, description = "Too many orders from this address.", body = Problem),
    ),
    security(("token" = []), ("session" = []))
)]
pub(super) async fn set_log_level(
    State(app): State<Shared>,
    operator: Operator,
    Body(level): Body<LogLevel>,
) -> Result<StatusCode, Refusal> {
    let remedy = "write a level, or levels by target, as in `info,sixshift_aws=debug`";
    if !level.filter.split(',').all(is_directive) {
        let message = format!("{:?} is no filter", level.filter);
        return Err(Refusal::bad_request(message, remedy));
    }
    (app.api.log_level)(level.filter.clone()).map_err(|why| Refusal::bad_request(why, remedy))?;
    tracing::info!(by = operator.name(), filter = level.filter, "log level set");
    Ok(StatusCode::NO_CONTENT)
}

/// A level, or a target and its level.
fn is_directive(text: &str) -> bool {
    let (target, level) = text.split_once('=').unwrap_or(("all", text));
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    !target.is_empty() && target.chars().all(plain) && levels.contains(&level)
}

/// The source has news
///
/// GitHub's and GitLab's push notice. It only shortens the wait until the source is read again; nothing in its body is
/// used. The signature is checked against the secret in the settings.
#[utoipa::path(
    post,
    path = "/hooks/git",
    tag = "daemon",
    operation_id = "pushHook",
    request_body(content = String, content_type = "application/json", description = "As the git server sends it."),
    responses(
        (status = 202, description = "The source is read soon."),
        (status = 401, description = "The signature does not fit, or no secret is set.", body = Problem),
        (status = 413, description = "The body is too large.", body = Problem),
        (status = 503, description = "Too many notices at once.", body = Problem),
    ),
    security(("hook" = []))
)]
pub(super) async fn push_hook(
    State(app): State<Shared>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let busy = || Refusal::unavailable("too many notices at once");
    let _place = app.hooks.try_acquire().map_err(|_| busy())?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_HOOK).await.map_err(|_| {
        let message = "the notice is too large or broke off";
        Refusal::of_status(StatusCode::PAYLOAD_TOO_LARGE, message)
    })?;
    let secret = app.api.hook_secret.as_ref();
    let known = secret.map(Secret::value).unwrap_or_else(|| "".into());
    let verified = webhook::verify(&parts.headers, &body, known.as_bytes());
    if let (Err(webhook::Refused::Wrong), Some(secret)) = (&verified, secret) {
        secret.doubt();
    }
    verified.map_err(|why| Refusal::unauthorized(why.to_string()))?;
    app.api.board.hint_source();
    Ok(StatusCode::ACCEPTED)
}
