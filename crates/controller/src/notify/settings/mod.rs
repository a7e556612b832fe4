//! `notify:` of the daemon's settings: what people write, and everything that is wrong with it.
//!
//! - `kinds`: the shapes. Here: their mistakes by their paths, and how receivers are made of them. What must not be here: what
//!   is sent.

mod kept;
mod kinds;
mod mistakes;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_aws::store::{Access, Bus, Fault, Topic};
use sixshift_core::plan::duration;

use super::{Receiver, To};
use crate::{
    post::{Unusable, usable},
    secret::{self, Check, Given},
};
use kinds::{Common, EventBridge, Slack, Sns, Webhook};
pub use mistakes::mistakes;

/// How long a request may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Somebody who is told: exactly one of `webhook`, `slack`, `sns` and `eventbridge`.
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
    /// A topic of SNS.
    #[serde(default)]
    sns: Option<Sns>,
    /// A bus of EventBridge.
    #[serde(default)]
    eventbridge: Option<EventBridge>,
}

/// A receiver cannot be made of what is written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address or a secret is not where the settings say, or is none.
    #[error("{key} of notify's receiver {receiver}")]
    Secret {
        /// Whose.
        receiver: String,
        /// The setting, without what says where its value is.
        key: &'static str,
        /// Why.
        #[source]
        source: secret::Error,
    },
    /// What the environment says of credentials and region cannot be had.
    #[error("notify's receivers in AWS")]
    Access(#[source] Fault),
    /// Settings that [`mistakes`] would have found.
    #[error("notify's receiver {0} cannot be used: `run --check` says why")]
    Unchecked(String),
}

impl Settings {
    fn common(&self) -> Option<Common<'_>> {
        let kinds = [
            self.webhook.as_ref().map(Webhook::common),
            self.slack.as_ref().map(Slack::common),
            self.sns.as_ref().map(Sns::common),
            self.eventbridge.as_ref().map(EventBridge::common),
        ];
        let mut kinds = kinds.into_iter().flatten();
        kinds.next().filter(|_| kinds.next().is_none())
    }

    fn kept(&self) -> Vec<Given<'_>> {
        let webhook = self.webhook.iter().flat_map(Webhook::kept);
        let slack = self.slack.iter().flat_map(Slack::kept);
        webhook.chain(slack).collect()
    }

    /// Files are relative to the settings' folder.
    pub fn relative_to(&mut self, folder: &Path) {
        let webhook = self.webhook.as_mut().into_iter();
        let files = webhook.flat_map(|it| [&mut it.url_file, &mut it.secret_file]);
        let slack = self.slack.as_mut().into_iter();
        let files = files.chain(slack.map(|it| &mut it.url_file)).flatten();
        files.for_each(|file: &mut PathBuf| *file = folder.join(&*file));
    }

    /// The receiver, its address and its secret read from where they are. Blocks for them.
    async fn receiver(
        &self,
        dashboard: Option<&str>,
        access: Option<&Access>,
    ) -> Result<Receiver, Error> {
        let unchecked = |name: &str| Error::Unchecked(name.to_owned());
        let common = self.common().ok_or_else(|| unchecked("without a kind"))?;
        let name = common.name;
        let to = match self {
            Self {
                webhook: Some(it), ..
            } => {
                let [url, secret] = it.kept();
                To::Webhook {
                    url: kept::open(&url, name, address(it.allow_private))?
                        .ok_or_else(|| unchecked(name))?,
                    secret: kept::open(&secret, name, |_| Ok(()))?,
                }
            }
            Self {
                slack: Some(it), ..
            } => {
                let [url] = it.kept();
                To::Slack {
                    url: kept::open(&url, name, address(it.allow_private))?
                        .ok_or_else(|| unchecked(name))?,
                }
            }
            Self { sns: Some(it), .. } => {
                let access = acting_as(access, it.role_arn.as_deref()).await;
                let topic = access.and_then(|access| Topic::new(&access, &it.topic));
                To::Sns {
                    topic: topic.ok_or_else(|| unchecked(name))?,
                }
            }
            Self {
                eventbridge: Some(it),
                ..
            } => {
                let access = acting_as(access, it.role_arn.as_deref()).await;
                let bus = access.and_then(|access| Bus::new(&access, &it.bus));
                To::EventBridge {
                    bus: bus.ok_or_else(|| unchecked(name))?,
                }
            }
            Self { .. } => return Err(unchecked(name)),
        };
        let repeat = common.repeat.and_then(duration);
        Ok(Receiver {
            name: name.to_owned(),
            to,
            on: common.on.iter().copied().collect(),
            plans: common.plans.clone(),
            repeat: repeat.and_then(|repeat| SignedDuration::try_from(repeat).ok()),
            timeout: common.timeout.and_then(duration).unwrap_or(TIMEOUT),
            allow_private: self.allows_private(),
            dashboard: dashboard.map(|base| base.trim_end_matches('/').to_owned()),
        })
    }

    fn allows_private(&self) -> bool {
        let webhook = self.webhook.as_ref().map(|it| it.allow_private);
        let slack = self.slack.as_ref().map(|it| it.allow_private);
        webhook.or(slack).unwrap_or_default()
    }
}

async fn acting_as(access: Option<&Access>, role: Option<&str>) -> Option<Access> {
    match role {
        Some(role) => Some(access?.as_role(role).await),
        None => access.cloned(),
    }
}

/// What an address must be.
fn address(allow_private: bool) -> Check {
    if allow_private {
        |url| usable(url, true).map_err(Unusable::remedy)
    } else {
        |url| usable(url, false).map_err(Unusable::remedy)
    }
}

/// Everybody who is told, with addresses and secrets from where they are; those are read again as long as somebody holds them.
/// Settings without [`mistakes`]. Blocks while it reads.
///
/// # Errors
/// One of them is not there, or is no address that is sent to.
pub async fn receivers(
    settings: &[Settings],
    dashboard: Option<&str>,
) -> Result<Vec<Receiver>, Error> {
    let in_aws = |it: &Settings| it.sns.is_some() || it.eventbridge.is_some();
    let access = if settings.iter().any(in_aws) {
        let access = Access::from_environment("notify").await;
        Some(access.map_err(Error::Access)?)
    } else {
        None
    };
    let mut receivers = Vec::new();
    for it in settings {
        receivers.push(it.receiver(dashboard, access.as_ref()).await?);
    }
    Ok(receivers)
}

/// Reads addresses and secrets once, as a start would.
///
/// # Errors
/// All that is not there, or is no address that is sent to.
pub fn check(settings: &[Settings]) -> Result<(), Vec<Error>> {
    let mut wrong = Vec::new();
    for it in settings {
        let name = it.common().map_or("", |common| common.name);
        for kept in it.kept() {
            let check = match kept.key {
                "url" => address(it.allows_private()),
                _ => |_: &str| Ok(()),
            };
            wrong.extend(kept::open(&kept, name, check).err());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// The names of secrets in Secrets Manager, each with its path.
pub fn secrets(receivers: &[Settings]) -> impl Iterator<Item = (String, &str)> {
    receivers.iter().enumerate().flat_map(|(i, it)| {
        let kind = it.common().map_or("", |common| common.kind);
        let stored = it.kept().into_iter().filter_map(|kept| {
            let name = kept.stored?;
            Some((kept.key, name))
        });
        let stored: Vec<_> = stored.collect();
        stored
            .into_iter()
            .map(move |(key, name)| (format!("notify[{i}].{kind}.{key}Secret"), name))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(yaml: &str) -> Vec<Settings> {
        serde_yaml::from_str(yaml).unwrap()
    }

    async fn made(yaml: &str, folder: &Path) -> Result<Receiver, Error> {
        let mut settings = read(yaml);
        assert_eq!(mistakes(&settings), []);
        settings[0].relative_to(folder);
        let access = Access::from_environment("notify").await.unwrap();
        let dashboard = Some("https://sixshift.example.com/");
        settings[0].receiver(dashboard, Some(&access)).await
    }

    #[tokio::test]
    async fn a_receiver_is_made_of_what_is_written_and_shows_its_host_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (url, shown) = (
            "https://hooks.example.com/T0/s3cret",
            "slack at hooks.example.com",
        );
        fs::write(folder.path().join("url"), format!("{url}\n")).unwrap();
        let yaml = "- slack: { urlFile: url, on: [done, needsPerson], plans: { team: shop }, repeat: 4h, timeout: 3s }";
        let receiver = made(yaml, folder.path()).await.unwrap();
        assert_eq!(receiver.name, "slack");
        assert_eq!(receiver.repeat, Some(SignedDuration::from_hours(4)));
        assert_eq!(receiver.timeout, Duration::from_secs(3));
        let dashboard = receiver.dashboard.as_deref();
        assert_eq!(dashboard, Some("https://sixshift.example.com"));
        let To::Slack { url: found } = &receiver.to else {
            panic!("{receiver:?}")
        };
        assert_eq!(&*found.value(), url);
        let all = format!("{receiver:?}{:?}", read(yaml));
        assert!(all.contains(shown) && !all.contains("s3cret"), "{all}");
    }

    #[tokio::test]
    async fn topics_and_buses_are_receivers_without_an_account_in_their_names() {
        let folder = Path::new("");
        for (yaml, shown) in [
            (
                "- sns: { topic: 'arn:aws:sns:eu-west-1:123456789012:migrations.fifo', on: [done] }",
                "SNS topic migrations.fifo",
            ),
            (
                "- eventbridge: { bus: 'arn:aws:events:eu-west-1:123456789012:event-bus/tools', on: [done] }",
                "EventBridge bus tools",
            ),
            (
                "- eventbridge: { bus: default, on: [done] }",
                "EventBridge bus default",
            ),
        ] {
            let receiver = made(yaml, folder).await.unwrap();
            assert_eq!(format!("{:?}", receiver.to), shown);
            assert_eq!(receiver.timeout, TIMEOUT);
        }
    }

    #[tokio::test]
    async fn an_address_that_is_not_there_or_is_none_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("url"), "http://hooks.example.com/s3cret").unwrap();
        let refused = async |yaml: &str| {
            let error = made(yaml, folder.path()).await.unwrap_err();
            let below = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", below.unwrap_or_default())
        };
        let gone = refused("- slack: { urlFile: gone, on: [done] }").await;
        assert!(
            gone.contains("url of notify's receiver slack: cannot read the file"),
            "{gone}"
        );
        let unset = refused("- slack: { urlEnv: SIXSHIFT_NOT_SET_ANYWHERE, on: [done] }").await;
        assert!(
            unset.contains("SIXSHIFT_NOT_SET_ANYWHERE is not set"),
            "{unset}"
        );
        let plain = refused("- slack: { urlFile: url, on: [done] }").await;
        assert!(
            plain.contains("write https://") && !plain.contains("s3cret"),
            "{plain}"
        );
        let mut settings = read("- slack: { urlFile: url, on: [done] }");
        settings[0].relative_to(folder.path());
        assert_eq!(check(&settings).unwrap_err().len(), 1);
    }

    #[test]
    fn secrets_are_named_with_their_paths() {
        let settings = read(
            "- slack: { urlSecret: prod/slack, on: [done] }\n\
             - webhook: { url: 'https://a.example.com', secretSecret: 'prod/hook:key::', on: [done] }\n",
        );
        let found: Vec<_> = secrets(&settings).collect();
        let expected = [
            ("notify[0].slack.urlSecret".to_owned(), "prod/slack"),
            (
                "notify[1].webhook.secretSecret".to_owned(),
                "prod/hook:key::",
            ),
        ];
        assert_eq!(found, expected);
    }
}
