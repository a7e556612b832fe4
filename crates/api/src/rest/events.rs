//! What happened: of one plan, and of all.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Asks, Segments, plan_name};
use crate::{
    app::Shared,
    history::{self, EventPage, MOST_EVENTS},
    model::{Event, Page, Problem},
    problem::Refusal,
};

/// How many events a page has, where nobody says how many.
const USUAL: usize = 100;

/// The highest number that every reader of JSON can tell from its neighbours.
const HIGHEST: u64 = (1 << 53) - 1;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only events with a higher sequence number, the oldest first. Without it the newest come first.
    #[param(maximum = 9_007_199_254_740_991u64, example = 120)]
    after: Option<u64>,
    /// Only events with a lower sequence number.
    #[param(maximum = 9_007_199_254_740_991u64, example = 240)]
    before: Option<u64>,
    /// At most so many; 100 where it is not given. A page of few kinds may be shorter and still lead on.
    #[param(minimum = 1, maximum = 500, example = 50)]
    limit: Option<usize>,
    /// Only of this kind; several with a comma between them.
    #[param(
        pattern = "^(acted|failed|vetoed|phase|waiting|verdict|finding|command|source|daemon)(,(acted|failed|vetoed|phase|waiting|verdict|finding|command|source|daemon))*$",
        example = "command,failed"
    )]
    kind: Option<String>,
}

/// Of all events, which: as [`Which`], and of which plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfAll {
    plan: Option<String>,
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<usize>,
    kind: Option<String>,
}

impl OfAll {
    fn apart(self) -> (Option<String>, Which) {
        let which = Which {
            after: self.after,
            before: self.before,
            limit: self.limit,
            kind: self.kind,
        };
        (self.plan, which)
    }
}

impl Which {
    fn page(self, plan: Option<String>) -> Result<EventPage, Refusal> {
        let limit = self.limit.unwrap_or(USUAL);
        if limit == 0 || limit > MOST_EVENTS {
            let message = format!("limit is {limit}");
            return Err(Refusal::bad_request(
                message,
                "write a number from 1 to 500",
            ));
        }
        let highest = self.after.max(self.before);
        if highest.is_some_and(|seq| seq > HIGHEST) {
            let message = format!("there is no event with a number above {HIGHEST}");
            return Err(Refusal::bad_request(message, "write the `seq` of an event"));
        }
        let kinds = self.kind.as_deref().map(history::kinds).transpose()?;
        Ok(EventPage {
            plan,
            kinds: kinds.unwrap_or_default(),
            after: self.after,
            before: self.before,
            limit,
            newest_first: self.after.is_none(),
        })
    }
}

/// What happened to one plan
///
/// A page of its history: what was changed, failed, ordered, on what evidence. `next` leads on in the page's own direction:
/// give it as `after` where `after` was given, else as `before`.
#[utoipa::path(
    get,
    path = "/api/v1/plans/{name}/events",
    tag = "events",
    operation_id = "listPlanEvents",
    params(("name" = String, Path, description = "The plan's name.", example = "checkout"), Which),
    responses(
        (status = 200, description = "A page of events.", body = Page<Event>),
        (status = 400, description = "The page cannot be understood, or there is no such kind.", body = Problem),
        (status = 401, description = "Reading needs a token here.", body = Problem),
        (status = 404, description = "There is no such plan.", body = Problem),
        (status = 503, description = "The journal cannot be read now.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn list_plan_events(
    State(app): State<Shared>,
    Segments(name): Segments<String>,
    Asks(which): Asks<Which>,
) -> Result<Json<Page<Event>>, Refusal> {
    let name = plan_name(&name)?;
    let page = app.events(which.page(Some(name.to_owned()))?).await?;
    // A plan that is gone has a history still.
    if page.items.is_empty() && !app.has_history(name).await? {
        return Err(no_plan(name));
    }
    Ok(Json(page))
}

fn no_plan(name: &str) -> Refusal {
    Refusal::not_found(format!("there is no plan called {name}"))
}

/// What happened in the fleet
///
/// A page of the history of all plans and of the daemon itself.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "events",
    operation_id = "listEvents",
    params(("plan" = Option<String>, Query, description = "Only of this plan.", example = "checkout"), Which),
    responses(
        (status = 200, description = "A page of events.", body = Page<Event>),
        (status = 400, description = "The page cannot be understood, or there is no such kind.", body = Problem),
        (status = 401, description = "Reading needs a token here.", body = Problem),
        (status = 404, description = "There is and was no such plan.", body = Problem),
        (status = 503, description = "The journal cannot be read now.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn list_events(
    State(app): State<Shared>,
    Asks(asked): Asks<OfAll>,
) -> Result<Json<Page<Event>>, Refusal> {
    let (plan, which) = asked.apart();
    let page = which.page(plan)?;
    if let Some(name) = &page.plan
        && !app.has_history(plan_name(name)?).await?
    {
        return Err(no_plan(name));
    }
    Ok(Json(app.events(page).await?))
}
