//! The document as the handlers describe themselves, and that its text is that.

use std::{env, fs, path::Path};

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, RefOr,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use utoipa_axum::{router::OpenApiRouter, routes};

use super::DOCUMENT;
use crate::{
    app::Shared,
    model::{Event, Fleet, Gone, PlanSummary, Snapshot},
    problem::MEDIA_TYPE,
    rest::*,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "sixshift",
        description = "Moves Amazon ECS services from IPv4 to IPv6-only, as declared in git. \
                       Shares and rates are in percent, latencies in milliseconds, durations in seconds, times as RFC 3339.",
        contact(name = "sixshift", url = "https://github.com/sixshift/sixshift"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This daemon.")),
    tags(
        (name = "daemon", description = "The daemon itself."),
        (name = "events", description = "What happened, as pages and as a stream."),
        (name = "fleet", description = "All plans at a glance."),
        (name = "orders", description = "What people can tell a plan or the fleet."),
        (name = "plans", description = "Where each migration stands, and why."),
    ),
    components(schemas(Event, Fleet, Gone, PlanSummary, Snapshot)),
    modifiers(&Schemes)
)]
struct Document;

/// The ways to say who one is.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of the daemon's settings. Its role is viewer or operator.",
            ))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let session = "The session of somebody who has logged in at /login. Orders then repeat the page's token in the \
                       header `X-CSRF-Token`.";
        let session = ApiKeyValue::with_description("sixshift_session", session);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
        let hook =
            "GitHub's signature of the body; GitLab sends the secret as `X-Gitlab-Token` instead.";
        let hook = ApiKeyValue::with_description("X-Hub-Signature-256", hook);
        components.add_security_scheme("hook", SecurityScheme::ApiKey(ApiKey::Header(hook)));
    }
}

/// Refusals are sent as problems of RFC 9457, whatever each handler says of its success.
fn name_problems(document: &mut openapi::OpenApi) {
    let items = document.paths.paths.values_mut();
    let operations = items.flat_map(|item| {
        let each = [&mut item.get, &mut item.post, &mut item.put];
        each.into_iter().flatten()
    });
    for (status, response) in operations.flat_map(|o| o.responses.responses.iter_mut()) {
        if let (RefOr::T(response), true) = (response, status.starts_with(['4', '5']))
            && let Some(content) = response.content.shift_remove("application/json")
        {
            response.content.insert(MEDIA_TYPE.to_owned(), content);
        }
    }
}

macro_rules! described {
    ($($group:ident: $($module:ident::$handler:ident),+;)+) => {{
        let router = OpenApiRouter::<Shared>::with_openapi(Document::openapi());
        $($(let router = router.routes(routes!($module::$handler));)+)+
        router.into_openapi()
    }};
}

#[test]
fn the_document_is_what_the_handlers_say() {
    let mut document = handlers!(described);
    name_problems(&mut document);
    let now = document.to_pretty_json().unwrap() + "\n";
    if env::var_os("UPDATE").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        fs::write(folder.join("openapi.json"), &now).unwrap();
    }
    assert!(
        DOCUMENT == now,
        "docs/reference/openapi.json is old: UPDATE=1 rewrites it"
    );
}
