//! Plans: in lines, and one whole.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Asks, Segments, plan_name};
use crate::{
    app::Shared,
    model::{HEALTHS, PHASES, Page, Plan, PlanSummary, Problem, WINDOWS},
    problem::Refusal,
    view::Window,
};

/// What a list of plans is narrowed to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    phase: Option<String>,
    health: Option<String>,
    labels: Vec<(String, String)>,
    text: Option<String>,
}

impl Filter {
    /// From a query; what it does not know is refused: a filter that is passed over shows too much.
    fn of(query: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut filter = Self::default();
        for (key, value) in query {
            match key.as_str() {
                "phase" => filter.phase = Some(one_of("phase", value, &PHASES)?),
                "health" => filter.health = Some(one_of("health", value, &HEALTHS)?),
                "q" => filter.text = Some(value.to_lowercase()),
                "label" => {
                    for pair in value.split(',') {
                        let label = pair.split_once('=').filter(|(key, _)| !key.is_empty());
                        let (key, value) = label.ok_or_else(|| {
                            let remedy =
                                "write `label=key=value`, several with a comma between them";
                            Refusal::bad_request(format!("{pair:?} is no label"), remedy)
                        })?;
                        filter.labels.push((key.to_owned(), value.to_owned()));
                    }
                }
                other => {
                    let remedy = "filter by phase, health, label or q";
                    let message = format!("{other:?} is no filter");
                    return Err(Refusal::bad_request(message, remedy));
                }
            }
        }
        Ok(filter)
    }

    fn takes(&self, plan: &PlanSummary) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(is))
        };
        let labelled = |(key, value): &(String, String)| plan.labels.get(key) == Some(value);
        let said = |text: &String| {
            let places = [&plan.name, &plan.service, &plan.sentence];
            places
                .iter()
                .any(|place| place.to_lowercase().contains(text))
        };
        same(&self.phase, &plan.phase)
            && same(&self.health, &plan.health)
            && self.labels.iter().all(labelled)
            && self.text.as_ref().is_none_or(said)
    }
}

/// A word that there is, in any case.
fn one_of(key: &str, value: String, words: &[&str]) -> Result<String, Refusal> {
    if words.iter().any(|word| word.eq_ignore_ascii_case(&value)) {
        return Ok(value);
    }
    Err(Refusal::no_such(key, &value, words))
}

/// All plans, in lines
///
/// By name. Filters add up; every plan that fits is in the answer.
#[utoipa::path(
    get,
    path = "/api/v1/plans",
    tag = "plans",
    operation_id = "listPlans",
    params(
        ("phase" = Option<String>, Query, description = "Only plans in this phase.", pattern = "^(Unknown|Checking|TargetGroup|TaskDefinition|Service|Warm|Shift|Bake|Cold|Retire|Done|RollingBack|RolledBack)$", example = "Shift"),
        ("health" = Option<String>, Query, description = "Only plans with this health.", pattern = "^(Bad|NeedsPerson|Unknown|Progressing|Complete)$", example = "NeedsPerson"),
        ("label" = Option<String>, Query, description = "Only plans with this label, as in `key=value`; several with a comma between them.", pattern = "^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$", example = "wave=first"),
        ("q" = Option<String>, Query, description = "Only plans whose name, service or sentence has this text, in any case.", example = "checkout"),
    ),
    responses(
        (status = 200, description = "The plans.", body = Page<PlanSummary>),
        (status = 400, description = "There is no such filter, phase or health, or a label is not whole.", body = Problem),
        (status = 401, description = "Reading needs a token here.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn list_plans(
    State(app): State<Shared>,
    Asks(query): Asks<Vec<(String, String)>>,
) -> Result<Json<Page<PlanSummary>>, Refusal> {
    let filter = Filter::of(query)?;
    let mut items = app.summaries();
    items.retain(|plan| filter.takes(plan));
    Ok(Json(Page { items, next: None }))
}

/// How much of the past is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Past {
    /// Only so much of the recent past in `chart`; all minutes that were read, where it is not given. `1d` is of points of
    /// five minutes, where a hold is judged by those.
    #[param(pattern = "^(30m|1h|3h|1d)$", example = "1h")]
    window: Option<String>,
}

impl Past {
    fn window(&self) -> Result<Option<Window>, Refusal> {
        let Some(word) = &self.window else {
            return Ok(None);
        };
        let unknown = || Refusal::no_such("window", word, &WINDOWS);
        Window::named(word).map(Some).ok_or_else(unknown)
    }
}

/// One plan, whole
///
/// Steps, gates, conditions, the tree of what there is in AWS, the recent past with what was done and ordered then, why it was
/// rolled back, and what an order would be answered now. With an `ETag`: send it back as `If-None-Match`, and the answer is 304 while nothing has changed.
#[utoipa::path(
    get,
    path = "/api/v1/plans/{name}",
    tag = "plans",
    operation_id = "getPlan",
    params(("name" = String, Path, description = "The plan's name.", example = "checkout"), Past),
    responses(
        (status = 200, description = "The plan.", body = Plan, headers(("ETag" = String, description = "Changes with the plan."))),
        (status = 304, description = "It is as it was at the `ETag` that was sent."),
        (status = 400, description = "There is no such window.", body = Problem),
        (status = 401, description = "Reading needs a token here.", body = Problem),
        (status = 404, description = "There is no such plan.", body = Problem),
    ),
    security((), ("token" = []), ("session" = []))
)]
pub(super) async fn get_plan(
    State(app): State<Shared>,
    Segments(name): Segments<String>,
    Asks(past): Asks<Past>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let name = plan_name(&name)?;
    let window = past.window()?;
    let none = || Refusal::not_found(format!("there is no plan called {name}"));
    let version = app.api.board.plan(name).ok_or_else(none)?.version;
    let mut response = if is_known(&headers, &app.etag(version)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(app.plan(name, window).await.ok_or_else(none)?).into_response()
    };
    // The plan may have changed in between; then the answer is newer than its tag, and is only sent once too often.
    if let Ok(etag) = HeaderValue::from_str(&app.etag(version)) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).iter();
    sent.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[(&str, &str)]) -> Result<Filter, Refusal> {
        Filter::of(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn labels_add_up_and_must_be_whole() {
        let labels = filter(&[("label", "a=1,b=2"), ("label", "c=x=y")])
            .unwrap()
            .labels;
        assert_eq!(labels.len(), 3);
        assert_eq!(labels[2], ("c".to_owned(), "x=y".to_owned()));
        for torn in ["a", "=1", "", "a=1,"] {
            assert!(filter(&[("label", torn)]).is_err(), "{torn}");
        }
    }

    #[test]
    fn a_filter_that_there_is_not_is_refused_instead_of_showing_everything() {
        assert!(filter(&[("phase", "shift"), ("health", "Bad"), ("q", "x")]).is_ok());
        for wrong in [("phase", "Shifting"), ("health", ""), ("helth", "Bad")] {
            let refused = filter(&[wrong]).unwrap_err();
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong:?}");
        }
    }

    #[test]
    fn an_etag_is_known_in_any_list() {
        let known = |sent: &'static str| {
            let value = HeaderValue::from_static(sent);
            is_known(
                &HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]),
                "\"a-1\"",
            )
        };
        assert!(known("\"a-1\"") && known("\"x\", W/\"a-1\"") && known("*"));
        assert!(!known("\"a-2\"") && !known("a-1"));
    }
}
