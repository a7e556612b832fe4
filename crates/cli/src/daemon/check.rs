//! `sixshift run --config FROM --check`: whether a daemon could start with these settings.
//!
//! What belongs here: everything that a start would find wrong before it asks for a plan, all at once, the shape of its tables
//! included. What must not: making or changing anything, or listening.

use sixshift_api::auth;
use sixshift_controller::notify;

use super::{
    faces, log,
    origin::Origin,
    settings::{Settings, Webhook},
    store,
};
use crate::exit;

/// Says that the settings can be used, secrets included.
///
/// # Errors
/// What is wrong, a line each.
pub(super) fn check(config: &Origin, settings: &Settings) -> anyhow::Result<u8> {
    let filter = settings.log.filter.as_deref().map_or(Ok(()), |filter| {
        log::parse(filter)
            .map(drop)
            .map_err(|error| format!("log.filter: {error}"))
    });
    let hook = settings.webhook.as_ref().map(Webhook::secret).transpose();
    let hook = hook.map(drop).map_err(|error| format!("{error:#}"));
    let known = auth::check(&settings.auth, Some(faces::key_fetcher()));
    let known = known.map_err(|error| format!("auth: {error}"));
    let source = settings.source.check();
    let source = source.map_err(|error| format!("source: {:#}", anyhow::Error::new(error)));
    let found = [filter, hook, known, source].into_iter();
    let mut wrong: Vec<String> = found.filter_map(Result::err).collect();
    let asker = settings.asker().map(drop);
    wrong.extend(asker.err().map(|error| format!("{error:#}")));
    let traces = settings.traces().map(drop);
    wrong.extend(traces.err().map(|error| format!("{error:#}")));
    let receivers = notify::check(&settings.notify).err().unwrap_or_default();
    wrong.extend(
        receivers
            .into_iter()
            .map(|error| format!("{:#}", anyhow::Error::new(error))),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tables = runtime.block_on(store::unfit(settings));
    wrong.extend(tables.into_iter().map(|error| format!("{error:#}")));
    if !wrong.is_empty() {
        anyhow::bail!("{config} cannot be used:\n{}", wrong.join("\n"));
    }
    anstream::println!("{config} can be used");
    Ok(exit::DONE)
}
