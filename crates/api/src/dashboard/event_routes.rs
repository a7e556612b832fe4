//! From a request to a page of the history.
//!
//! What belongs here: HTTP. What must not: how an event looks.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};

use super::{
    events::{self, Asked, Shown},
    routes::{QueryOf, html, no_plan, refused, visitor},
};
use crate::{
    app::{App, Shared},
    auth::Caller,
    history::{self, EventPage},
    problem::Refusal,
};

/// Events on a page.
const A_PAGE: usize = 100;

/// Of all plans, or of one that is asked for.
pub(super) async fn all(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    asked: QueryOf<Asked>,
    headers: HeaderMap,
) -> Response {
    let page = match asked {
        Ok(Query(asked)) => whole(&app, &caller, None, &asked).await,
        Err(rejection) => Err(rejection.into()),
    };
    answer(&app, &caller, &headers, page)
}

/// Of the plan whose page it is.
pub(super) async fn of_plan(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    asked: QueryOf<Asked>,
    headers: HeaderMap,
) -> Response {
    let page = match asked {
        _ if app.api.board.plan(&name).is_none() => Err(no_plan(&name)),
        Ok(Query(asked)) => whole(&app, &caller, Some(&name), &asked).await,
        Err(rejection) => Err(rejection.into()),
    };
    answer(&app, &caller, &headers, page)
}

fn answer(
    app: &Arc<App>,
    caller: &Caller,
    headers: &HeaderMap,
    page: Result<maud::Markup, Refusal>,
) -> Response {
    match page {
        Ok(page) => html(StatusCode::OK, page, headers),
        Err(refusal) => refused(app, caller, headers, &refusal),
    }
}

async fn whole(
    app: &Arc<App>,
    caller: &Caller,
    of: Option<&str>,
    asked: &Asked,
) -> Result<maud::Markup, Refusal> {
    if of.is_some() && !asked.plan.is_empty() {
        let remedy = "look at /events, which all plans are on";
        return Err(Refusal::bad_request("this page is one plan's", remedy));
    }
    if !asked.plan.is_empty() && !app.has_history(&asked.plan).await? {
        let remedy = "Choose one from the list on the page of all events.";
        return Err(Refusal::bad_request(
            format!("{:?} is no plan", asked.plan),
            remedy,
        ));
    }
    let plan = of.or(Some(asked.plan.as_str()).filter(|plan| !plan.is_empty()));
    let kinds = match asked.kind.as_str() {
        "" => Vec::new(),
        names => history::kinds(names)?,
    };
    let wanted = EventPage {
        plan: plan.map(str::to_owned),
        kinds,
        before: asked.before,
        limit: A_PAGE,
        newest_first: true,
        ..EventPage::default()
    };
    let found = app.events(wanted).await?;
    let plans: Vec<String> = app
        .api
        .board
        .plans()
        .iter()
        .map(|p| p.name.clone())
        .collect();
    Ok(events::page(Shown {
        of,
        asked,
        plans: &plans,
        events: &found,
        fleet: &app.fleet(),
        visitor: &visitor(caller),
    }))
}
