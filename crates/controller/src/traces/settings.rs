//! `telemetry.otlp:` of the daemon's settings: what people write, and everything that is wrong with it.
//!
//! What belongs here: the shape, its mistakes by their paths, and the target that is made of it. What must not: what is sent.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_core::plan::{DURATION_PATTERN, duration};

use crate::{
    post::{Unusable, usable},
    secret::{self, Check, Given, Secret},
};

/// How long a request may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What is appended to the address, as OpenTelemetry has it for traces.
const APPENDED: &str = "/v1/traces";
/// What cannot be told apart from what we set.
const OURS: [&str; 4] = ["content-type", "content-length", "host", "user-agent"];

/// Where rounds and their calls to AWS go as traces, if anywhere: a collector that takes OTLP over HTTP. Exactly one of
/// `endpoint`, `endpointEnv`, `endpointFile` and `endpointSecret`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Otlp")]
pub struct Settings {
    /// What stands before /v1/traces, as in `http://localhost:4318`.
    #[serde(default)]
    endpoint: Option<String>,
    /// The environment variable with that, as in OTEL_EXPORTER_OTLP_ENDPOINT.
    #[serde(default)]
    endpoint_env: Option<String>,
    /// A file with that.
    #[serde(default)]
    endpoint_file: Option<PathBuf>,
    /// The ARN or name of the secret in Secrets Manager with that; as `NAME:KEY::` a key of its JSON object.
    #[serde(default)]
    endpoint_secret: Option<String>,
    /// What is sent with each request, as in a collector's key.
    #[serde(default)]
    headers: Vec<Header>,
    /// As which service the daemon is shown.
    #[serde(default = "service_name")]
    service_name: String,
    /// What else is told of the daemon with its spans, as in `deployment.environment.name: prod`.
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    /// How long a request may take, 1s to 60s.
    #[serde(default)]
    #[schemars(extend("pattern" = DURATION_PATTERN))]
    timeout: Option<String>,
}

/// A header of requests. Exactly one of `value`, `valueEnv`, `valueFile` and `valueSecret`.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "OtlpHeader")]
struct Header {
    /// Its name, as in `x-api-key`.
    name: String,
    /// Its value, where that is no secret.
    #[serde(default)]
    value: Option<String>,
    /// The environment variable with its value.
    #[serde(default)]
    value_env: Option<String>,
    /// A file with its value.
    #[serde(default)]
    value_file: Option<PathBuf>,
    /// The ARN or name of the secret in Secrets Manager with its value; as `NAME:KEY::` a key of its JSON object.
    #[serde(default)]
    value_secret: Option<String>,
}

/// A value may be a secret all the same.
impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Header").field(&self.name).finish()
    }
}

fn service_name() -> String {
    "sixshift".to_owned()
}

/// Where spans go, and with what.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) endpoint: Secret,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) service: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) timeout: Duration,
}

impl Target {
    /// Where spans are sent.
    pub(super) fn url(&self) -> String {
        let base = self.endpoint.value();
        format!("{}{APPENDED}", base.trim_end_matches('/'))
    }

    /// What is read again while the daemon runs.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let values = self.headers.iter().map(|(_, value)| value);
        values.chain([&self.endpoint])
    }
}

/// An address or a header is not where the settings say, or is none.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.otlp.{setting}")]
pub struct Error {
    /// Which setting.
    setting: String,
    /// Why.
    #[source]
    source: secret::Error,
}

/// Where something is wrong, what, and what to do.
type Mistake = (String, String, &'static str);

impl Settings {
    /// Files are relative to the settings' folder.
    pub fn relative_to(&mut self, folder: &Path) {
        let values = self.headers.iter_mut().map(|header| &mut header.value_file);
        let files = values.chain([&mut self.endpoint_file]).flatten();
        files.for_each(|file: &mut PathBuf| *file = folder.join(&*file));
    }

    /// What no type refuses: the path, what is wrong, and what to do.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        let mut add = |at: &str, what: &str, remedy| {
            found.push((format!("telemetry.otlp{at}"), what.to_owned(), remedy));
        };
        if !self.address().is_one() {
            add(
                "",
                "exactly one of endpoint, endpointEnv, endpointFile and endpointSecret belongs here",
                "write one of them, as in `endpoint: http://localhost:4318`",
            );
        }
        if let Some(Err(why)) = self.endpoint.as_deref().map(base) {
            add(".endpoint", "traces cannot be sent to this address", why);
        }
        for (i, header) in self.headers.iter().enumerate() {
            let at = format!(".headers[{i}]");
            if HeaderName::from_bytes(header.name.as_bytes()).is_err() {
                add(
                    &format!("{at}.name"),
                    "this is no name of a header",
                    "write letters, digits and hyphens, as in x-api-key",
                );
            } else if OURS.contains(&header.name.to_ascii_lowercase().as_str()) {
                add(
                    &format!("{at}.name"),
                    "this header is set by sixshift itself",
                    "take it out",
                );
            }
            if !header.given().is_one() {
                add(
                    &at,
                    "exactly one of value, valueEnv, valueFile and valueSecret belongs here",
                    "write one of them; what lets somebody in is a secret, and belongs elsewhere",
                );
            }
            if let Some(Err(why)) = header.value.as_deref().map(sendable) {
                add(&format!("{at}.value"), "this is no value of a header", why);
            }
        }
        if self.service_name.trim().is_empty() {
            add(
                ".serviceName",
                "a name belongs here",
                "leave serviceName out for sixshift",
            );
        }
        let seconds = self
            .timeout
            .as_deref()
            .map(|text| duration(text).map(|it| it.as_secs()));
        if seconds.is_some_and(|it| !it.is_some_and(|it| (1..=60).contains(&it))) {
            add(
                ".timeout",
                "this is no time for a request",
                "write 1s to 60s",
            );
        }
        found
    }

    /// The names of secrets in Secrets Manager, each with its path.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &str)> {
        let headers = self.headers.iter().enumerate().filter_map(|(i, header)| {
            let name = header.value_secret.as_deref()?;
            Some((format!("telemetry.otlp.headers[{i}].valueSecret"), name))
        });
        let endpoint = self.endpoint_secret.as_deref();
        let endpoint = endpoint.map(|name| ("telemetry.otlp.endpointSecret".to_owned(), name));
        endpoint.into_iter().chain(headers)
    }

    /// The target, its address and headers read from where they are, and read again as long as somebody holds it. Settings
    /// without [`Settings::mistakes`]. Blocks.
    ///
    /// # Errors
    /// One of them is not there, or is none.
    pub fn target(&self) -> Result<Target, Error> {
        let headers = self.headers.iter().enumerate().map(|(i, header)| {
            let value = opened(&header.given(), sendable, || format!("headers[{i}]"))?;
            Ok((header.name.clone(), value))
        });
        let timeout = self.timeout.as_deref().and_then(duration);
        Ok(Target {
            endpoint: opened(&self.address(), base, || "endpoint".to_owned())?,
            headers: headers.collect::<Result<_, Error>>()?,
            service: self.service_name.clone(),
            attributes: self.attributes.clone(),
            timeout: timeout.unwrap_or(TIMEOUT),
        })
    }

    fn address(&self) -> Given<'_> {
        let given = Given::of(
            "endpoint",
            self.endpoint_env.as_deref(),
            self.endpoint_file.as_deref(),
            self.endpoint_secret.as_deref(),
        );
        given.or_plain(self.endpoint.as_deref())
    }
}

impl Header {
    fn given(&self) -> Given<'_> {
        let given = Given::of(
            "value",
            self.value_env.as_deref(),
            self.value_file.as_deref(),
            self.value_secret.as_deref(),
        );
        given.or_plain(self.value.as_deref())
    }
}

fn opened(
    given: &Given<'_>,
    check: Check,
    setting: impl FnOnce() -> String,
) -> Result<Secret, Error> {
    let opened = given.open(check).map_err(|source| Error {
        setting: setting(),
        source,
    })?;
    Ok(opened.unwrap_or_else(|| Secret::fixed("")))
}

/// What spans can be sent to; the error ends a sentence.
fn base(url: &str) -> Result<(), &'static str> {
    usable(url, true).map_err(|why| match why {
        Unusable::Part => "write it whole, as in http://localhost:4318",
        why => why.remedy(),
    })?;
    if url.contains(['?', '#']) {
        return Err("write it without a query: /v1/traces is appended");
    }
    if url.trim_end_matches('/').ends_with(APPENDED) {
        return Err("write it without /v1/traces, which is appended");
    }
    if url.trim_end_matches('/').ends_with(":4317") {
        return Err("write the port of OTLP over HTTP, 4318 as a rule: 4317 is gRPC's");
    }
    Ok(())
}

/// What a header can be; the error ends a sentence.
fn sendable(value: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    let fits = !value.is_empty() && value.chars().all(plain);
    fits.then_some(()).ok_or("write plain letters in one line")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Settings {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn wrong(yaml: &str) -> Vec<String> {
        let found = read(yaml).mistakes().into_iter();
        found
            .map(|(at, what, remedy)| format!("{at}: {what}; {remedy}"))
            .collect()
    }

    #[test]
    fn every_mistake_has_its_place_and_its_remedy() {
        for (yaml, begins, has) in [
            (
                "{}",
                "telemetry.otlp: exactly one of endpoint",
                "http://localhost:4318",
            ),
            (
                "{ endpoint: 'http://a:4318', endpointEnv: A }",
                "telemetry.otlp: ",
                "one of",
            ),
            (
                "{ endpointEnv: A, endpointFile: b }",
                "telemetry.otlp: ",
                "one of",
            ),
            (
                "{ endpoint: 'localhost:4318' }",
                "telemetry.otlp.endpoint: ",
                "write it whole",
            ),
            (
                "{ endpoint: 'http://a:4318/v1/traces' }",
                "telemetry.otlp.endpoint: ",
                "without /v1/traces",
            ),
            (
                "{ endpoint: 'http://a:4317' }",
                "telemetry.otlp.endpoint: ",
                "gRPC",
            ),
            (
                "{ endpoint: 'http://a/?b=c' }",
                "telemetry.otlp.endpoint: ",
                "without a query",
            ),
            (
                "{ endpoint: 'https://me:s3cret@a' }",
                "telemetry.otlp.endpoint: ",
                "without a user",
            ),
            (
                "{ endpoint: 'http://a', timeout: 2m }",
                "telemetry.otlp.timeout: ",
                "1s to 60s",
            ),
            (
                "{ endpoint: 'http://a', serviceName: ' ' }",
                "telemetry.otlp.serviceName: ",
                "leave",
            ),
            (
                "{ endpoint: 'http://a', headers: [{ name: 'a b', value: c }] }",
                "telemetry.otlp.headers[0].name: ",
                "x-api-key",
            ),
            (
                "{ endpoint: 'http://a', headers: [{ name: Host, value: c }] }",
                "telemetry.otlp.headers[0].name: ",
                "take it out",
            ),
            (
                "{ endpoint: 'http://a', headers: [{ name: a }] }",
                "telemetry.otlp.headers[0]: exactly one",
                "secret",
            ),
            (
                "{ endpoint: 'http://a', headers: [{ name: a, value: \"s3cret\\nmore\" }] }",
                "telemetry.otlp.headers[0].value: ",
                "one line",
            ),
        ] {
            let wrong = wrong(yaml);
            assert_eq!(wrong.len(), 1, "{yaml}: {wrong:#?}");
            assert!(
                wrong[0].starts_with(begins) && wrong[0].contains(has),
                "{wrong:#?}"
            );
            assert!(!wrong[0].contains("s3cret"), "{wrong:#?}");
        }
    }

    #[test]
    fn a_target_is_made_of_what_is_written_and_shows_no_value() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "s3cret\n").unwrap();
        let mut settings = read(
            "{ endpoint: 'https://otlp.example.com/base/', headers: [{ name: x-api-key, valueFile: key }], timeout: 3s }",
        );
        assert_eq!(settings.mistakes(), []);
        settings.relative_to(folder.path());
        let target = settings.target().unwrap();
        assert_eq!(target.timeout, Duration::from_secs(3));
        assert_eq!(&*target.headers[0].1.value(), "s3cret");
        let shown = format!("{target:?}{settings:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        std::fs::write(folder.path().join("key"), "two\nlines\n").unwrap();
        let error = settings.target().unwrap_err();
        assert_eq!(error.to_string(), "telemetry.otlp.headers[0]");
    }
}
