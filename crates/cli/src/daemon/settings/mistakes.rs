//! What is wrong with settings that no type refuses: every mistake at once, by its path.

use sixshift_controller::{notify, source, store::SecretId, traces};
use sixshift_core::plan;

use super::Settings;

impl Settings {
    /// What no type refuses: the path, what is wrong, and what to do.
    pub(super) fn mistakes(&self) -> Vec<(String, String, &'static str)> {
        let mut mistakes = Vec::new();
        if self.listen.is_empty() {
            mistakes.push((
                "listen".to_owned(),
                "an address belongs here".to_owned(),
                "leave listen out for loopback of both families",
            ));
        }
        for (i, host) in self
            .hosts
            .iter()
            .enumerate()
            .filter(|(_, host)| !is_host(host))
        {
            mistakes.push((
                format!("hosts[{i}]"),
                format!("{host:?} is no name"),
                "write it without scheme and port, as in sixshift.example.com",
            ));
        }
        let of_source = self.source.mistakes().into_iter();
        mistakes.extend(of_source.map(|(at, what, remedy)| (format!("source.{at}"), what, remedy)));
        if self.journal.path.is_some() && self.journal.dynamodb.is_some() {
            mistakes.push((
                "journal".to_owned(),
                "either path or dynamodb belongs here, not both".to_owned(),
                "take one of them out",
            ));
        }
        for (at, table) in [
            ("journal.dynamodb", self.journal_table()),
            (
                "lease.dynamodb",
                self.lease_table().filter(|_| self.lease.is_some()),
            ),
        ] {
            let Some(table) = table else { continue };
            if !is_table(&table.table) {
                mistakes.push((
                    format!("{at}.table"),
                    format!("{:?} is no name of a table", table.table),
                    "write 3 to 255 letters, digits, dots, hyphens or underscores",
                ));
            }
            if let Some(region) = table.region.as_deref().filter(|r| !plan::is_region(r)) {
                mistakes.push((
                    format!("{at}.region"),
                    format!("{region:?} is no region"),
                    "write it as in eu-central-1",
                ));
            }
            if table.prefix.is_empty() || table.prefix.len() > 100 {
                mistakes.push((
                    format!("{at}.prefix"),
                    "a prefix has 1 to 100 characters".to_owned(),
                    "leave prefix out where one installation has the table",
                ));
            }
        }
        if self.lease.is_some() && self.lease_table().is_none() {
            mistakes.push((
                "lease.dynamodb".to_owned(),
                "without a journal in a table it needs a table of its own".to_owned(),
                "write table: with its name",
            ));
        }
        for (i, token) in self.auth.tokens.iter().enumerate() {
            if !token.has_one_proof() {
                mistakes.push((
                    format!("auth.tokens[{i}]"),
                    format!("token {} needs exactly one of sha256, env, file and secret", token.name),
                    "write sha256: with what `printf %s TOKEN | sha256sum` prints, or where the token is kept",
                ));
            }
        }
        if let Some(webhook) = &self.webhook
            && webhook.place().is_none()
        {
            mistakes.push((
                "webhook".to_owned(),
                "exactly one of secretFile, secretEnv and secretSecret belongs here".to_owned(),
                "write one of them",
            ));
        }
        let is_name = |name: &str| SecretId::parse(name).is_some();
        for (at, _) in self.secrets().filter(|(_, name)| !is_name(name)) {
            mistakes.push((
                at,
                // What is written there may be the secret itself.
                "this is no name and no ARN of a secret".to_owned(),
                "write it as in prod/sixshift, or prod/sixshift:KEY:: for a key of a JSON object",
            ));
        }
        if let Some(dashboard) = self.dashboard.as_deref().filter(|url| !is_page(url)) {
            mistakes.push((
                "dashboard".to_owned(),
                format!("{dashboard:?} is no address of a page"),
                "write what people open, as in https://sixshift.example.com",
            ));
        }
        if !self.gates.has_one_place() {
            mistakes.push((
                "gates".to_owned(),
                "at most one of secretEnv, secretFile and secretSecret belongs here".to_owned(),
                "take the others out",
            ));
        }
        let hosts = self.gates.allow_private.iter().enumerate();
        for (i, host) in hosts.filter(|(_, host)| !is_host(host)) {
            mistakes.push((
                format!("gates.allowPrivate[{i}]"),
                format!("{host:?} is no name"),
                "write a host without scheme and port, as in gates.internal",
            ));
        }
        mistakes.extend(notify::mistakes(&self.notify));
        let otlp = self.telemetry.otlp.as_ref();
        mistakes.extend(otlp.map(traces::Settings::mistakes).unwrap_or_default());
        mistakes
    }

    /// The names of secrets in Secrets Manager, each with its path.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (String, &str)> {
        let of_git = match &self.source {
            source::Settings::Git(git) => git.token_secret.as_deref(),
            source::Settings::Dir(_) | source::Settings::S3(_) => None,
        };
        let of_hook = self.webhook.as_ref();
        let of_hook = of_hook.and_then(|hook| hook.secret_secret.as_deref());
        let tokens = self.auth.tokens.iter().enumerate();
        let of_tokens = tokens.filter_map(|(i, token)| {
            let name = token.secret.as_deref()?;
            Some((format!("auth.tokens[{i}].secret"), name))
        });
        let named = |path: &str, name| (path.to_owned(), name);
        let of_git = of_git.map(|name| named("source.git.tokenSecret", name));
        let of_hook = of_hook.map(|name| named("webhook.secretSecret", name));
        let of_receivers = notify::secrets(&self.notify);
        let of_gates = self.gates.secret_secret.as_deref();
        let of_gates = of_gates.map(|name| named("gates.secretSecret", name));
        let otlp = self.telemetry.otlp.iter();
        let of_traces = otlp.flat_map(traces::Settings::secrets);
        let of_receivers = of_receivers.chain(of_gates).chain(of_traces);
        let of_git = of_git.into_iter().chain(of_hook);
        of_git.chain(of_tokens).chain(of_receivers)
    }
}

/// As DynamoDB takes a table's name.
fn is_table(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (3..=255).contains(&name.len()) && name.chars().all(plain)
}

/// A DNS name or an address, without a port.
fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    host.parse::<std::net::IpAddr>().is_ok() || (!host.is_empty() && host.chars().all(plain))
}

/// What a browser opens, with nothing in it that a path could not follow.
fn is_page(url: &str) -> bool {
    let rest = url.strip_prefix("https://");
    let rest = rest.or_else(|| url.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_graphic() && !"?#<>|\"@".contains(c);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(plain))
}
