//! `notify:` of the daemon's settings: what people write, and everything that is wrong with it.
//!
//! What belongs here: the shape, its mistakes by their paths, and how a receiver is made of it. What must not: what is sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_core::plan::{DURATION_PATTERN, duration};
use ureq::http::Uri;

use super::{On, Receiver, To, post::TIMEOUT};

/// Somebody who is told: exactly one of `webhook` and `slack`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Notify", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Settings {
    /// CloudEvents over HTTPS.
    #[serde(default)]
    webhook: Option<Webhook>,
    /// A Slack channel, by its incoming webhook.
    #[serde(default)]
    slack: Option<Slack>,
}

/// CloudEvents 1.0 as JSON, signed. Exactly one of `url`, `urlEnv` and `urlFile`.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NotifyWebhook")]
struct Webhook {
    /// What the journal, the log and metrics call it; of several of one kind each needs a name of its own.
    #[serde(default)]
    name: Option<String>,
    /// `https://…`. Where it has a secret in it: urlEnv or urlFile.
    #[serde(default)]
    url: Option<String>,
    /// The environment variable with the address.
    #[serde(default)]
    url_env: Option<String>,
    /// A file with the address.
    #[serde(default)]
    url_file: Option<PathBuf>,
    /// The environment variable with the secret that messages are signed with.
    #[serde(default)]
    secret_env: Option<String>,
    /// A file with that secret.
    #[serde(default)]
    secret_file: Option<PathBuf>,
    /// What to tell of.
    on: Vec<On>,
    /// Only of plans with all of these labels.
    #[serde(default)]
    plans: BTreeMap<String, String>,
    /// After how long it is told again that a person is needed; left out: never.
    #[serde(default)]
    #[schemars(extend("pattern" = DURATION_PATTERN))]
    repeat: Option<String>,
    /// How long a request may take, 1s to 60s.
    #[serde(default)]
    #[schemars(extend("pattern" = DURATION_PATTERN))]
    timeout: Option<String>,
    /// It may be at a private address, and without TLS.
    #[serde(default)]
    allow_private: bool,
}

/// A Slack channel, by its incoming webhook. Whoever knows its address may post: exactly one of `urlEnv` and `urlFile`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NotifySlack")]
struct Slack {
    /// What the journal, the log and metrics call it; of several of one kind each needs a name of its own.
    #[serde(default)]
    name: Option<String>,
    /// The environment variable with the address.
    #[serde(default)]
    url_env: Option<String>,
    /// A file with the address.
    #[serde(default)]
    url_file: Option<PathBuf>,
    /// What to tell of.
    on: Vec<On>,
    /// Only of plans with all of these labels.
    #[serde(default)]
    plans: BTreeMap<String, String>,
    /// After how long it is told again that a person is needed; left out: never.
    #[serde(default)]
    #[schemars(extend("pattern" = DURATION_PATTERN))]
    repeat: Option<String>,
    /// How long a request may take, 1s to 60s.
    #[serde(default)]
    #[schemars(extend("pattern" = DURATION_PATTERN))]
    timeout: Option<String>,
    /// It may be at a private address, and without TLS.
    #[serde(default)]
    allow_private: bool,
}

/// The address may be a secret.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("name", &self.name)
            .field("on", &self.on)
            .finish_non_exhaustive()
    }
}

/// An address or a secret is not where the settings say, or is none.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("{key} of notify: the environment variable {name} is not set; set it, or name another")]
    Variable {
        /// The setting.
        key: &'static str,
        /// The variable.
        name: String,
    },
    /// The file cannot be read.
    #[error("{key} of notify: cannot read {}; make it readable for the daemon's user", path.display())]
    File {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{key} of notify: there is nothing in it; put the value there")]
    Empty {
        /// The setting.
        key: &'static str,
    },
    /// It is no address that is sent to.
    #[error("the address of notify's receiver {receiver} cannot be used: {why}")]
    Address {
        /// Whose.
        receiver: String,
        /// Why, with what to write instead.
        why: &'static str,
    },
}

/// What both kinds have.
struct Common<'a> {
    kind: &'static str,
    name: &'a str,
    on: &'a [On],
    plans: &'a BTreeMap<String, String>,
    repeat: Option<&'a str>,
    timeout: Option<&'a str>,
    allow_private: bool,
}

impl Settings {
    fn common(&self) -> Option<Common<'_>> {
        match (&self.webhook, &self.slack) {
            (Some(it), None) => Some(Common {
                kind: "webhook",
                name: it.name.as_deref().unwrap_or("webhook"),
                on: &it.on,
                plans: &it.plans,
                repeat: it.repeat.as_deref(),
                timeout: it.timeout.as_deref(),
                allow_private: it.allow_private,
            }),
            (None, Some(it)) => Some(Common {
                kind: "slack",
                name: it.name.as_deref().unwrap_or("slack"),
                on: &it.on,
                plans: &it.plans,
                repeat: it.repeat.as_deref(),
                timeout: it.timeout.as_deref(),
                allow_private: it.allow_private,
            }),
            _ => None,
        }
    }

    /// Files are relative to the settings' folder.
    pub fn relative_to(&mut self, folder: &Path) {
        let webhook = self.webhook.as_mut().into_iter();
        let files = webhook.flat_map(|it| [&mut it.url_file, &mut it.secret_file]);
        let slack = self.slack.as_mut().into_iter();
        for file in files.chain(slack.map(|it| &mut it.url_file)).flatten() {
            *file = folder.join(&*file);
        }
    }

    /// The receiver, with its address and its secret read from where they are. Settings without [`mistakes`].
    ///
    /// # Errors
    /// One of them is not there, or the address is none that is sent to.
    pub fn receiver(&self, dashboard: Option<&str>) -> Result<Receiver, SecretError> {
        let Some(common) = self.common() else {
            return Err(SecretError::Empty { key: "notify" });
        };
        let to = match (&self.webhook, &self.slack) {
            (Some(it), _) => {
                let named = [
                    it.url_env.as_deref().map(|name| variable("urlEnv", name)),
                    it.url_file.as_deref().map(|path| file("urlFile", path)),
                    it.url.clone().map(Ok),
                ];
                let secret = [
                    it.secret_env
                        .as_deref()
                        .map(|name| variable("secretEnv", name)),
                    it.secret_file
                        .as_deref()
                        .map(|path| file("secretFile", path)),
                ];
                let secret = secret.into_iter().flatten().next().transpose()?;
                To::Webhook {
                    url: first(named, "url")?,
                    secret: secret.map(String::into_bytes),
                }
            }
            (None, Some(it)) => {
                let named = [
                    it.url_env.as_deref().map(|name| variable("urlEnv", name)),
                    it.url_file.as_deref().map(|path| file("urlFile", path)),
                ];
                To::Slack {
                    url: first(named, "urlEnv")?,
                }
            }
            (None, None) => return Err(SecretError::Empty { key: "notify" }),
        };
        if let Some(why) = unusable(to.url(), common.allow_private) {
            let receiver = common.name.to_owned();
            return Err(SecretError::Address { receiver, why });
        }
        let repeat = common.repeat.and_then(duration);
        Ok(Receiver {
            name: common.name.to_owned(),
            to,
            on: common.on.iter().copied().collect(),
            plans: common.plans.clone(),
            repeat: repeat.and_then(|repeat| SignedDuration::try_from(repeat).ok()),
            timeout: common.timeout.and_then(duration).unwrap_or(TIMEOUT),
            allow_private: common.allow_private,
            dashboard: dashboard.map(|base| base.trim_end_matches('/').to_owned()),
        })
    }
}

/// Where something is wrong, what, and what to do.
type Mistake = (String, String, &'static str);

/// What no type refuses, of all receivers: the path, what is wrong, and what to do.
#[must_use]
pub fn mistakes(receivers: &[Settings]) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (i, settings) in receivers.iter().enumerate() {
        let Some(common) = settings.common() else {
            found.push((
                format!("notify[{i}]"),
                "exactly one of webhook and slack belongs here".to_owned(),
                "write a receiver each, as in `- slack: { urlEnv: … }`",
            ));
            continue;
        };
        let at = |key: &str| format!("notify[{i}].{}.{key}", common.kind);
        if !is_name(common.name) {
            found.push((
                at("name"),
                format!("{:?} is no name of a receiver", common.name),
                "write 1 to 50 letters, digits, dots, hyphens or underscores",
            ));
        } else if !names.insert(common.name.to_owned()) {
            found.push((
                format!("notify[{i}].{}", common.kind),
                format!("another receiver is named {} too", common.name),
                "write name: with a name of its own",
            ));
        }
        if common.on.is_empty() {
            found.push((
                at("on"),
                "without anything to tell of it is told of nothing".to_owned(),
                "write on: [needsPerson, rolledBack, done]",
            ));
        }
        for (key, text, least, most, remedy) in [
            (
                "repeat",
                common.repeat,
                60,
                30 * 86_400,
                "write 1m to 30d, as in 4h",
            ),
            ("timeout", common.timeout, 1, 60, "write 1s to 60s"),
        ] {
            let Some(text) = text else { continue };
            let seconds = duration(text).as_ref().map(Duration::as_secs);
            if !seconds.is_some_and(|seconds| (least..=most).contains(&seconds)) {
                found.push((at(key), format!("{text:?} is no time for {key}"), remedy));
            }
        }
        found.extend(addresses(settings, i));
    }
    found
}

/// What is wrong with where an address and a secret come from.
fn addresses(settings: &Settings, i: usize) -> Vec<Mistake> {
    let mut found = Vec::new();
    if let Some(it) = &settings.webhook {
        let ways = [
            it.url.is_some(),
            it.url_env.is_some(),
            it.url_file.is_some(),
        ];
        if ways.iter().filter(|is| **is).count() != 1 {
            found.push((
                format!("notify[{i}].webhook"),
                "exactly one of url, urlEnv and urlFile belongs here".to_owned(),
                "write one of them",
            ));
        }
        if it.secret_env.is_some() && it.secret_file.is_some() {
            found.push((
                format!("notify[{i}].webhook.secretFile"),
                "either secretEnv or secretFile belongs here, not both".to_owned(),
                "take one of them out",
            ));
        }
        let url = it.url.as_deref();
        if let Some(why) = url.and_then(|url| unusable(url, it.allow_private)) {
            let said = "this address cannot be used".to_owned();
            found.push((format!("notify[{i}].webhook.url"), said, why));
        }
    }
    if let Some(it) = &settings.slack
        && it.url_env.is_some() == it.url_file.is_some()
    {
        found.push((
            format!("notify[{i}].slack"),
            "exactly one of urlEnv and urlFile belongs here".to_owned(),
            "write one of them; the address itself is a secret",
        ));
    }
    found
}

/// What to write in place of an address that is not sent to.
fn unusable(url: &str, allow_private: bool) -> Option<&'static str> {
    let uri = url.parse::<Uri>().ok();
    let parts = uri
        .as_ref()
        .and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    match parts {
        None => Some("write it whole, as in https://hooks.example.com/sixshift"),
        Some((_, authority)) if authority.as_str().contains('@') => {
            Some("write it without a user and a password")
        }
        Some(("https", _)) => None,
        Some(("http", _)) if allow_private => None,
        Some(_) => {
            Some("write https://…; http:// is for private addresses, with allowPrivate: true")
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=50).contains(&name.len()) && name.chars().all(plain)
}

fn first<const N: usize>(
    ways: [Option<Result<String, SecretError>>; N],
    key: &'static str,
) -> Result<String, SecretError> {
    let first = ways.into_iter().flatten().next();
    first.unwrap_or(Err(SecretError::Empty { key }))
}

fn variable(key: &'static str, name: &str) -> Result<String, SecretError> {
    let value = std::env::var(name).map_err(|_| SecretError::Variable {
        key,
        name: name.to_owned(),
    })?;
    filled(key, &value)
}

fn file(key: &'static str, path: &Path) -> Result<String, SecretError> {
    let value = fs::read_to_string(path).map_err(|source| SecretError::File {
        key,
        path: path.to_owned(),
        source,
    })?;
    filled(key, &value)
}

fn filled(key: &'static str, value: &str) -> Result<String, SecretError> {
    match value.trim() {
        "" => Err(SecretError::Empty { key }),
        value => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Vec<Settings> {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn wrong(yaml: &str) -> Vec<String> {
        let found = mistakes(&read(yaml)).into_iter();
        found
            .map(|(at, what, remedy)| format!("{at}: {what}; {remedy}"))
            .collect()
    }

    #[test]
    fn every_mistake_has_its_place_and_its_remedy() {
        let wrong = wrong(
            "- {}\n\
             - webhook: { url: 'http://a.example.com', on: [], repeat: 5s, timeout: 2m, secretEnv: A, secretFile: b }\n\
             - webhook: { on: [done], name: 'a b' }\n\
             - slack: { on: [done], urlEnv: A, urlFile: b }\n\
             - slack: { on: [done], urlEnv: A }\n\
             - webhook: { name: x, on: [done], url: 'https://me:secret@a.example.com' }\n\
             - webhook: { name: y, on: [done], url: hooks }\n",
        );
        let expected = [
            (
                "notify[0]: exactly one of webhook and slack",
                "a receiver each",
            ),
            ("notify[1].webhook.on: ", "needsPerson"),
            ("notify[1].webhook.repeat: \"5s\"", "1m to 30d"),
            ("notify[1].webhook.timeout: \"2m\"", "1s to 60s"),
            ("notify[1].webhook.secretFile: either", "out"),
            ("notify[1].webhook.url: ", "allowPrivate: true"),
            ("notify[2].webhook.name: \"a b\"", "1 to 50"),
            ("notify[2].webhook: exactly one of url", "write one"),
            ("notify[3].slack: exactly one of urlEnv", "is a secret"),
            ("notify[4].slack: another receiver is named slack", "name:"),
            ("notify[5].webhook.url: ", "without a user"),
            ("notify[6].webhook.url: ", "write it whole"),
        ];
        assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
        for (found, (begins, has)) in wrong.iter().zip(expected) {
            assert!(found.starts_with(begins) && found.contains(has), "{found}");
            assert!(!found.contains("secret@"), "{found}");
        }
    }

    #[test]
    fn a_receiver_is_made_of_what_is_written_and_shows_its_host_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("url"),
            "https://hooks.example.com/T0/s3cret\n",
        )
        .unwrap();
        let mut settings = read(
            "- slack: { urlFile: url, on: [done, needsPerson], plans: { team: shop }, repeat: 4h, timeout: 3s }",
        );
        assert_eq!(wrong("- slack: { urlFile: url, on: [done] }"), [""; 0]);
        settings[0].relative_to(folder.path());
        let receiver = settings[0]
            .receiver(Some("https://sixshift.example.com/"))
            .unwrap();
        assert_eq!(receiver.name, "slack");
        assert_eq!(receiver.repeat, Some(SignedDuration::from_hours(4)));
        assert_eq!(receiver.timeout, Duration::from_secs(3));
        assert_eq!(
            receiver.dashboard.as_deref(),
            Some("https://sixshift.example.com")
        );
        assert_eq!(receiver.to.url(), "https://hooks.example.com/T0/s3cret");
        let shown = format!("{receiver:?}{settings:?}");
        assert!(
            shown.contains("slack at hooks.example.com") && !shown.contains("s3cret"),
            "{shown}"
        );
    }

    #[test]
    fn an_address_that_is_not_there_or_is_none_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("url"), "http://hooks.example.com/s3cret").unwrap();
        let refused = |yaml: &str| {
            let mut settings = read(yaml);
            settings[0].relative_to(folder.path());
            settings[0].receiver(None).unwrap_err().to_string()
        };
        let gone = refused("- slack: { urlFile: gone, on: [done] }");
        assert!(gone.contains("urlFile of notify: cannot read"), "{gone}");
        let unset = refused("- slack: { urlEnv: SIXSHIFT_NOT_SET_ANYWHERE, on: [done] }");
        assert!(
            unset.contains("SIXSHIFT_NOT_SET_ANYWHERE is not set"),
            "{unset}"
        );
        let plain = refused("- slack: { urlFile: url, on: [done] }");
        assert!(
            plain.contains("write https://") && !plain.contains("s3cret"),
            "{plain}"
        );
    }
}
