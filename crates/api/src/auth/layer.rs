//! What looks at every request: who it is from, whether a browser was tricked into sending it, whether they may read.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Method, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Auth, Caller};
use crate::{app::App, limits::Client, problem::Refusal};

/// Finds out who sent a request and puts the [`Caller`] into its extensions.
pub(crate) async fn identify(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = Client::of(&request, app.api.limits.behind_load_balancer);
    match caller(&app, &client, request.headers()).await {
        Ok(caller) => {
            if let Err(refusal) = same_origin(&request, &caller) {
                return refusal.into_response();
            }
            request.extensions_mut().insert(client);
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn caller(app: &App, client: &Client, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let auth = &app.auth;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        // Whoever guesses beside the right one, behind the same address, does not lock it out.
        return match bearer(auth, value) {
            Some(caller) => Ok(caller),
            None => {
                app.log_ins.take(client)?;
                Err(Refusal::unauthorized("the token is not known"))
            }
        };
    }
    let rules = auth.rules();
    if let Some(oidc) = rules.oidc()
        && let Some(value) = headers.get("x-amzn-oidc-data")
    {
        let token = value.to_str().unwrap_or_default();
        let person = auth.by_load_balancer(oidc, token).await;
        return person.map_err(Refusal::unauthorized);
    }
    Ok(auth.by_cookie(headers))
}

fn bearer(auth: &Auth, value: &http::HeaderValue) -> Option<Caller> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    auth.by_token(token.trim())
}

/// A browser says where a request comes from. Who sends a token of their own is no browser that was tricked.
fn same_origin(request: &Request, caller: &Caller) -> Result<(), Refusal> {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let by_token = caller.name().is_some() && caller.csrf().is_empty();
    if safe || by_token || is_from_here(request.headers()) {
        return Ok(());
    }
    let remedy = "send it from a page of this daemon, or with a token as `Authorization: Bearer`";
    Err(Refusal::forbidden(
        "the request was made by another site's page",
        remedy,
    ))
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = text("host").unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, o)| o == host)
        }
        // Neither: no browser of today.
        (None, None) => true,
    }
}

/// Lets only those pass who may read.
pub(crate) async fn guard_reads(request: Request, next: Next) -> Response {
    if reads(&request) {
        return next.run(request).await;
    }
    Refusal::unauthorized("reading needs a token here").into_response()
}

/// Sends everybody else to the log-in page first. Stylesheets and the page itself are nobody's secret.
pub(crate) async fn guard_pages(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let open = path == "/login" || path.starts_with("/assets/");
    if open || reads(&request) {
        return next.run(request).await;
    }
    Redirect::to(&log_in_page(request.uri())).into_response()
}

fn reads(request: &Request) -> bool {
    request
        .extensions()
        .get::<Caller>()
        .is_some_and(Caller::reads)
}

fn log_in_page(wanted: &Uri) -> String {
    log_in_at(wanted.path_and_query().map_or("/", |p| p.as_str()))
}

/// What a path needs not escaped in a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// Where to sign in, to come back to a page of ours afterwards.
pub(crate) fn log_in_at(here: &str) -> String {
    if !here.starts_with('/') || here.starts_with("//") {
        return "/login".to_owned();
    }
    format!("/login?next={}", utf8_percent_encode(here, KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_here(pairs: &[(&'static str, &'static str)]) -> bool {
        let header = |(n, v): &(&'static str, &'static str)| {
            (
                http::HeaderName::from_static(n),
                http::HeaderValue::from_static(v),
            )
        };
        is_from_here(&pairs.iter().map(header).collect())
    }

    #[test]
    fn another_sites_page_is_told_from_ours() {
        assert!(from_here(&[("sec-fetch-site", "same-origin")]));
        assert!(!from_here(&[("sec-fetch-site", "cross-site")]));
        assert!(!from_here(&[("sec-fetch-site", "same-site")]));
        assert!(from_here(&[("origin", "http://h:1"), ("host", "h:1")]));
        assert!(!from_here(&[("origin", "http://h:2"), ("host", "h:1")]));
        assert!(!from_here(&[("origin", "null"), ("host", "h:1")]));
        assert!(from_here(&[]));
    }

    #[test]
    fn the_log_in_page_leads_back_only_to_pages_of_ours() {
        assert_eq!(
            log_in_page(&"/plans/checkout".parse().unwrap()),
            "/login?next=/plans/checkout"
        );
        assert_eq!(
            log_in_page(&"/?q=a%20b&phase=Shift".parse().unwrap()),
            "/login?next=/%3Fq%3Da%2520b%26phase%3DShift"
        );
        assert_eq!(log_in_page(&"//evil.example/x".parse().unwrap()), "/login");
    }
}
