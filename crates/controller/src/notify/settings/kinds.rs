//! The kinds of receivers as people write them. What all of them have is written once.
//!
//! What belongs here: the shapes. What must not: what is wrong with them ([`super::mistakes`]).

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_core::plan::DURATION_PATTERN;

use super::super::On;

/// What every kind has.
pub(super) struct Common<'a> {
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    pub(super) on: &'a [On],
    pub(super) plans: &'a BTreeMap<String, String>,
    pub(super) repeat: Option<&'a str>,
    pub(super) timeout: Option<&'a str>,
}

/// A kind with fields of its own, and those that every kind has.
macro_rules! kind {
    (
        $(#[$meta:meta])*
        $name:ident $schema:literal $kind:literal {
            $($(#[$of_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[schemars(rename = $schema)]
        pub(super) struct $name {
            /// What the journal, the log and metrics call it; of several of one kind each needs a name of its own.
            #[serde(default)]
            name: Option<String>,
            $($(#[$of_field])* pub(super) $field: $type,)*
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
        }

        impl $name {
            pub(super) fn common(&self) -> Common<'_> {
                Common {
                    kind: $kind,
                    name: self.name.as_deref().unwrap_or($kind),
                    on: &self.on,
                    plans: &self.plans,
                    repeat: self.repeat.as_deref(),
                    timeout: self.timeout.as_deref(),
                }
            }
        }

        /// An address may be a secret.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("name", &self.name)
                    .field("on", &self.on)
                    .finish_non_exhaustive()
            }
        }
    };
}

/// A kind that messages are posted to. Where its address is written, and which addresses it may have.
macro_rules! posted {
    (
        $(#[$meta:meta])*
        $name:ident $schema:literal $kind:literal {
            $($(#[$of_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        kind! {
            $(#[$meta])*
            $name $schema $kind {
                $($(#[$of_field])* $field: $type,)*
                /// The environment variable with the address.
                #[serde(default)]
                url_env: Option<String>,
                /// A file with the address.
                #[serde(default)]
                url_file: Option<PathBuf>,
                /// The ARN or name of the secret in Secrets Manager with the address; as `NAME:KEY::` a key of its JSON object.
                #[serde(default)]
                url_secret: Option<String>,
                /// It may be at a private address, and without TLS.
                #[serde(default)]
                allow_private: bool,
            }
        }
    };
}

posted! {
    /// CloudEvents 1.0 as JSON, signed. Exactly one of `url`, `urlEnv`, `urlFile` and `urlSecret`; at most one of `secretEnv`,
    /// `secretFile` and `secretSecret`.
    Webhook "NotifyWebhook" "webhook" {
        /// `https://…`. Where it has a secret in it: urlEnv, urlFile or urlSecret.
        #[serde(default)]
        url: Option<String>,
        /// The environment variable with the secret that messages are signed with.
        #[serde(default)]
        secret_env: Option<String>,
        /// A file with that secret.
        #[serde(default)]
        secret_file: Option<PathBuf>,
        /// The ARN or name of that secret in Secrets Manager; as `NAME:KEY::` a key of its JSON object.
        #[serde(default)]
        secret_secret: Option<String>,
    }
}

posted! {
    /// A Slack channel, by its incoming webhook. Whoever knows its address may post: exactly one of `urlEnv`, `urlFile` and
    /// `urlSecret`.
    Slack "NotifySlack" "slack" {}
}

kind! {
    /// A topic of SNS. The role needs `sns:Publish` on it.
    Sns "NotifySns" "sns" {
        /// Its ARN, which says its region too. Of a topic that keeps an order, a plan's messages are a group.
        topic: String,
        /// The role to publish as; left out: the daemon's own.
        #[serde(default)]
        role_arn: Option<String>,
    }
}

kind! {
    /// A bus of EventBridge. The role needs `events:PutEvents` on it.
    EventBridge "NotifyEventBridge" "eventbridge" {
        /// Its ARN, which says its region too, or its name in the environment's region. EventBridge takes events for a bus
        /// that does not exist, and drops them.
        bus: String,
        /// The role to put events as; left out: the daemon's own.
        #[serde(default)]
        role_arn: Option<String>,
    }
}
