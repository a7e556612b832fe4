//! From a request to a page, from a form to an order.
//!
//! What belongs here: HTTP. A form does what the API's order does, over the same function, and leads back to its page.

use std::sync::Arc;

use axum::{
    Extension, Form, Router,
    extract::{
        Path, Query, Request, State,
        rejection::{FormRejection, QueryRejection},
    },
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::Markup;
use serde::Deserialize;
use sixshift_controller::command::Verb;
use sixshift_core::status::clause;

use super::{
    assets, event_routes, filter::Filter, fleet, layout::Visitor, login, order::Draft, plan,
    refusal,
};
use crate::{
    app::{App, Shared},
    auth::{Caller, guard_pages},
    history::EventPage,
    limits::Client,
    model::{self, WINDOWS},
    problem::Refusal,
    view::Window,
    visible::visible,
};

/// Events on the fleet's page.
const LATEST: usize = 10;
/// Events on a plan's page.
const OF_A_PLAN: usize = 20;

/// All pages.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(fleet_page))
        .route("/plans/{name}", get(plan_page))
        .route("/events", get(event_routes::all))
        .route("/plans/{name}/events", get(event_routes::of_plan))
        .route("/plans/{name}/{verb}", post(order_plan))
        .route("/fleet/{verb}", post(order_fleet))
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .route("/assets/{name}", get(assets::get))
        .route_layer(middleware::from_fn(guard_pages))
}

pub(super) fn visitor(caller: &Caller) -> Visitor {
    Visitor {
        name: caller.name().map(str::to_owned),
        operator: caller.orders(),
        csrf: caller.csrf().to_owned(),
    }
}

/// A page, packed where the browser can unpack. The forms' token may be packed with the rest: a session's cookie is not
/// sent with another site's requests, so nobody else can make pages of it to measure.
pub(super) fn html(status: StatusCode, page: Markup, headers: &HeaderMap) -> Response {
    // The one door of all pages: whatever other people wrote is seen as it is.
    let page = page.into_string();
    let text = visible(&page);
    let packed = assets::takes_gzip(headers)
        .then(|| assets::gzip(text.as_bytes()))
        .flatten();
    let kind = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept-encoding"),
    ];
    match packed {
        Some(packed) => {
            (status, kind, [(header::CONTENT_ENCODING, "gzip")], packed).into_response()
        }
        None => (status, kind, text.into_owned()).into_response(),
    }
}

/// A refusal as a page.
pub(super) fn refused(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    refusal: &Refusal,
) -> Response {
    let page = refusal::page(&refusal.problem, &app.fleet(), &visitor(caller));
    html(refusal.status, page, headers)
}

/// What there is nothing at, or not with this method: for who asks for a page. `None`: a program asks.
pub(crate) fn lost(app: &App, request: &Request, refusal: &Refusal) -> Option<Response> {
    let headers = request.headers();
    let accepted = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    let wants_page = accepted.is_some_and(|kinds| kinds.contains("text/html"));
    if !wants_page || request.uri().path().starts_with("/api/") {
        return None;
    }
    let caller = request.extensions().get::<Caller>();
    Some(match caller.filter(|caller| caller.reads()) {
        Some(caller) => refused(app, caller, headers, refusal),
        None => html(
            refusal.status,
            refusal::bare_page(&refusal.problem),
            headers,
        ),
    })
}

fn latest(plan: Option<&str>) -> EventPage {
    EventPage {
        plan: plan.map(str::to_owned),
        limit: plan.map_or(LATEST, |_| OF_A_PLAN),
        newest_first: true,
        ..EventPage::default()
    }
}

async fn fleet_page(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    filter: QueryOf<Filter>,
    headers: HeaderMap,
) -> Response {
    let filter = match filter {
        Ok(Query(filter)) => filter,
        Err(rejection) => return refused(&app, &caller, &headers, &rejection.into()),
    };
    if let Some(what) = filter.unknown() {
        let refusal = Refusal::bad_request(what, "Choose one from the lists on the fleet's page.");
        return refused(&app, &caller, &headers, &refusal);
    }
    let page = whole_fleet(&app, &caller, &filter, None).await;
    html(StatusCode::OK, page, &headers)
}

async fn whole_fleet(
    app: &Arc<App>,
    caller: &Caller,
    filter: &Filter,
    draft: Option<&Draft>,
) -> Markup {
    // A journal that cannot be read is said by its own metrics and log lines; the page shows what it has.
    let events = app.events(latest(None)).await;
    let events = events.map_or_else(|_| Vec::new(), |page| page.items);
    fleet::page(fleet::Shown {
        fleet: &app.fleet(),
        plans: &app.summaries(),
        events: &events,
        filter,
        visitor: &visitor(caller),
        draft,
    })
}

/// How much of the past a plan's page shows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    window: Option<String>,
}

impl Past {
    fn window(&self) -> Result<Window, Refusal> {
        let Some(word) = &self.window else {
            return Ok(Window::USUAL);
        };
        let unknown = || Refusal::no_such("window", word, &WINDOWS);
        Window::named(word).ok_or_else(unknown)
    }
}

async fn plan_page(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    past: QueryOf<Past>,
    headers: HeaderMap,
) -> Response {
    let window = past
        .map_err(Refusal::from)
        .and_then(|Query(past)| past.window());
    let window = match window {
        Ok(window) => window,
        Err(refusal) => return refused(&app, &caller, &headers, &refusal),
    };
    match whole_plan(&app, &caller, &name, window, None).await {
        Ok(page) => html(StatusCode::OK, page, &headers),
        Err(refusal) => refused(&app, &caller, &headers, &refusal),
    }
}

async fn whole_plan(
    app: &Arc<App>,
    caller: &Caller,
    name: &str,
    window: Window,
    draft: Option<&Draft>,
) -> Result<Markup, Refusal> {
    let plan = app.plan(name, Some(window)).await;
    let plan = plan.ok_or_else(|| no_plan(name))?;
    let none = model::Page {
        items: Vec::new(),
        next: None,
    };
    let events = app.events(latest(Some(name))).await.unwrap_or(none);
    Ok(plan::page(plan::Shown {
        fleet: &app.fleet(),
        plan: &plan,
        window,
        events: &events,
        visitor: &visitor(caller),
        draft,
    }))
}

pub(super) fn no_plan(name: &str) -> Refusal {
    Refusal::not_found(format!("there is no plan called {name}"))
}

/// An order, as the page's forms send it.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    reason: String,
    csrf: Option<String>,
    revision: Option<String>,
    gate: Option<String>,
    to: Option<String>,
}

type FormOf<T> = Result<Form<T>, FormRejection>;
pub(super) type QueryOf<T> = Result<Query<T>, QueryRejection>;

async fn order_plan(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(client): Extension<Client>,
    Path((name, verb)): Path<(String, String)>,
    headers: HeaderMap,
    form: FormOf<Written>,
) -> Response {
    let written = match form {
        Ok(Form(written)) => written,
        Err(rejection) => return refused(&app, &caller, &headers, &not_whole(&rejection)),
    };
    match order(&app, &caller, &client, Some(&name), &verb, &written).await {
        Ok(_) => Redirect::to(&format!("/plans/{name}")).into_response(),
        Err(refusal) => {
            let draft = draft(&verb, &written, &refusal);
            match whole_plan(&app, &caller, &name, Window::USUAL, Some(&draft)).await {
                Ok(page) if caller.orders() => html(refusal.status, page, &headers),
                _ => refused(&app, &caller, &headers, &refusal),
            }
        }
    }
}

async fn order_fleet(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(client): Extension<Client>,
    Path(verb): Path<String>,
    headers: HeaderMap,
    form: FormOf<Written>,
) -> Response {
    let written = match form {
        Ok(Form(written)) => written,
        Err(rejection) => return refused(&app, &caller, &headers, &not_whole(&rejection)),
    };
    match order(&app, &caller, &client, None, &verb, &written).await {
        Ok(_) => Redirect::to("/").into_response(),
        Err(refusal) if caller.orders() => {
            let draft = draft(&verb, &written, &refusal);
            let page = whole_fleet(&app, &caller, &Filter::default(), Some(&draft)).await;
            html(refusal.status, page, &headers)
        }
        Err(refusal) => refused(&app, &caller, &headers, &refusal),
    }
}

fn not_whole(rejection: &FormRejection) -> Refusal {
    Refusal::of_status(rejection.status(), rejection.body_text())
}

fn draft(verb: &str, written: &Written, refusal: &Refusal) -> Draft {
    let problem = &refusal.problem;
    Draft {
        verb: verb.to_owned(),
        reason: written.reason.clone(),
        to: written.to.clone(),
        refused: format!("{}. {}.", clause(&problem.detail), clause(&problem.remedy)),
    }
}

async fn order(
    app: &App,
    caller: &Caller,
    client: &Client,
    plan: Option<&str>,
    verb: &str,
    written: &Written,
) -> Result<model::Accepted, Refusal> {
    app.orders.take(client)?;
    let operator = caller.operator(written.csrf.as_deref())?;
    let known = Verb::from_name(verb).filter(|v| v.is_for_fleet() == plan.is_none());
    let verb = known.ok_or_else(|| Refusal::not_found(format!("there is no order {verb}")))?;
    let order = model::Order {
        reason: written.reason.clone(),
        revision: written.revision.clone(),
        gate: written.gate.clone(),
        to: written.to.clone(),
        actor: None,
    };
    app.order(&operator, verb, plan, order).await
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

/// Only to pages of ours: `/…`, but not `//other-site`.
fn ours(next: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.?&=%+".contains(c);
    let is_ours = next.starts_with('/') && !next.starts_with("//") && next.chars().all(plain);
    if is_ours { next } else { "/" }
}

async fn login_page(Query(next): Query<Next>, headers: HeaderMap) -> Response {
    html(
        StatusCode::OK,
        login::page(ours(&next.next), None),
        &headers,
    )
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
    #[serde(default)]
    next: String,
}

async fn log_in(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    form: FormOf<Credentials>,
) -> Response {
    let again =
        |status, next: &str, why: &str| html(status, login::page(ours(next), Some(why)), &headers);
    let Form(given) = match form {
        Ok(form) => form,
        Err(rejection) => {
            return again(
                rejection.status(),
                "/",
                "The form was not whole; try again.",
            );
        }
    };
    let Some(cookie) = app.auth.log_in(given.token.trim(), is_https(&headers)) else {
        if let Err(refusal) = app.log_ins.take(&client) {
            let (detail, remedy) = (&refusal.problem.detail, &refusal.problem.remedy);
            let why = format!("{detail}: {}.", clause(remedy));
            return again(refusal.status, &given.next, &why);
        }
        let why = if app.auth.has_tokens() {
            "This token is not known."
        } else {
            "This daemon has no tokens in its settings: nobody can sign in."
        };
        return again(StatusCode::UNAUTHORIZED, &given.next, why);
    };
    with_cookie(&cookie, ours(&given.next))
}

/// Behind a load balancer that ends TLS.
fn is_https(headers: &HeaderMap) -> bool {
    headers
        .get("x-forwarded-proto")
        .is_some_and(|v| v == "https")
}

#[derive(Debug, Deserialize)]
struct LogOut {
    csrf: Option<String>,
}

async fn log_out(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    form: FormOf<LogOut>,
) -> Response {
    let csrf = form.ok().and_then(|Form(f)| f.csrf);
    match caller.check_csrf(csrf.as_deref()) {
        Ok(()) => with_cookie(&app.auth.log_out(&caller).await, "/login"),
        Err(refusal) => refused(&app, &caller, &headers, &refusal),
    }
}

fn with_cookie(cookie: &str, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_only_to_pages_of_ours() {
        assert_eq!(ours("/plans/checkout"), "/plans/checkout");
        assert_eq!(ours("/?q=a%20b&phase=Shift"), "/?q=a%20b&phase=Shift");
        for other in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nb",
        ] {
            assert_eq!(ours(other), "/");
        }
    }

    #[tokio::test]
    async fn a_reason_that_turns_the_direction_of_reading_is_seen() {
        let page = maud::html! { q title="\u{2066}" { "calm \u{202e}tropmi" } };
        let answer = html(StatusCode::OK, page, &HeaderMap::new());
        let body = axum::body::to_bytes(answer.into_body(), 1_000)
            .await
            .unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert_eq!(text, r#"<q title="\u{2066}">calm \u{202e}tropmi</q>"#);
    }

    #[test]
    fn a_page_is_packed_only_for_who_can_unpack() {
        let page = || maud::html! { p { "hello" } };
        let mut headers = HeaderMap::new();
        let plain = html(StatusCode::OK, page(), &headers);
        assert_eq!(plain.headers().get(header::CONTENT_ENCODING), None);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let packed = html(StatusCode::OK, page(), &headers);
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[header::CACHE_CONTROL], "no-store");
    }
}
