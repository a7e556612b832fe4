//! The daemon's settings: one YAML document, checked before anything starts.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_controller::{
    secret::{Place, Secret},
    source,
    store::SecretId,
};
use sixshift_core::plan::{Diagnostic, Diagnostics, mistake_at};

use super::{mistake::explained, origin::Origin};

/// Everything that the daemon is told.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    /// The format's version.
    api_version: ApiVersion,
    /// What the file is.
    kind: Kind,
    /// Where plans come from.
    pub(crate) source: source::Settings,
    /// Where the journal is.
    #[serde(default)]
    pub(crate) journal: Journal,
    /// Where API and dashboard listen.
    #[serde(default = "loopback")]
    pub(crate) listen: Vec<String>,
    /// By which names it may be asked, beside loopback's.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Who may do what.
    #[serde(default)]
    pub(crate) auth: sixshift_api::auth::Settings,
    /// What a client may cost.
    #[serde(default)]
    pub(crate) limits: sixshift_api::Limits,
    /// Push hooks, which only shorten the wait for the next look at the source.
    #[serde(default)]
    pub(crate) webhook: Option<Webhook>,
    /// What is logged, and how.
    #[serde(default)]
    pub(crate) log: Log,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
enum ApiVersion {
    #[serde(rename = "sixshift/v1")]
    V1,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
enum Kind {
    Settings,
}

/// Where the journal is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Journal {
    /// The file.
    pub(crate) path: PathBuf,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            path: PathBuf::from("/var/lib/sixshift/journal.redb"),
        }
    }
}

/// The secret that a git host signs its push hooks with. Exactly one of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Webhook {
    /// A file with the secret.
    #[serde(default)]
    secret_file: Option<PathBuf>,
    /// The environment variable with the secret.
    #[serde(default)]
    secret_env: Option<String>,
    /// The ARN or name of the secret in Secrets Manager; as `NAME:KEY::` a key of its JSON object.
    #[serde(default)]
    secret_secret: Option<String>,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Log {
    /// text or json.
    pub(crate) format: Format,
    /// As in `info` or `info,sixshift_aws=debug`.
    pub(crate) filter: Option<String>,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// An object a line.
    Json,
}

/// Somebody may have written the secret itself where its name belongs: it is shown to nobody.
fn hide(mistake: &mut Diagnostic) {
    let line = &mut mistake.source_line;
    if let Some(written) = line.get(mistake.caret.clone()) {
        let stars = "*".repeat(written.chars().count());
        let end = mistake.caret.start + stars.len();
        line.replace_range(mistake.caret.clone(), &stars);
        mistake.caret.end = end;
    } else {
        line.clear();
        mistake.caret = 0..0;
    }
}

/// A DNS name or an address, without a port.
fn is_name(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    host.parse::<std::net::IpAddr>().is_ok() || (!host.is_empty() && host.chars().all(plain))
}

fn loopback() -> Vec<String> {
    vec!["127.0.0.1:8686".to_owned(), "[::1]:8686".to_owned()]
}

impl Settings {
    /// Reads them. Relative paths in a file are relative to its folder, others to the folder in which the daemon runs. Blocks.
    ///
    /// # Errors
    /// They cannot be read, or something in them is wrong: with line, column and what is expected.
    pub(crate) fn read(origin: &Origin) -> anyhow::Result<Self> {
        Self::parse(origin, &origin.read()?)
    }

    fn parse(origin: &Origin, text: &str) -> anyhow::Result<Self> {
        let shown = origin.to_string();
        let path = Path::new(&shown);
        let settings = serde_saphyr::from_str(text).map_err(|error| explained(path, text, &error));
        let settings = settings.and_then(|settings: Self| {
            let mut mistakes = Diagnostics::default();
            for (at, message, remedy) in settings.mistakes() {
                let mut mistake = mistake_at(path, text, &at, message, remedy.to_owned());
                if settings.secrets().any(|(secret, _)| secret == at) {
                    hide(&mut mistake);
                }
                mistakes.push(mistake);
            }
            if mistakes.is_empty() {
                Ok(settings)
            } else {
                Err(mistakes)
            }
        });
        let settings =
            settings.map_err(|mistakes| anyhow::anyhow!("{shown} cannot be used:\n{mistakes}"))?;
        let (ApiVersion::V1, Kind::Settings) = (settings.api_version, settings.kind);
        Ok(settings.relative_to(origin.folder()))
    }

    /// What no type refuses: the path, what is wrong, and what to do.
    fn mistakes(&self) -> Vec<(String, String, &'static str)> {
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
            .filter(|(_, host)| !is_name(host))
        {
            mistakes.push((
                format!("hosts[{i}]"),
                format!("{host:?} is no name"),
                "write it without scheme and port, as in sixshift.example.com",
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
        mistakes
    }

    /// The names of secrets in Secrets Manager, each with its path.
    fn secrets(&self) -> impl Iterator<Item = (String, &str)> {
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
        of_git.into_iter().chain(of_hook).chain(of_tokens)
    }

    fn relative_to(mut self, folder: &Path) -> Self {
        self.journal.path = folder.join(&self.journal.path);
        match &mut self.source {
            source::Settings::Dir(dir) => dir.path = folder.join(&dir.path),
            source::Settings::Git(git) => {
                for file in [&mut git.token_file, &mut git.ca_file]
                    .into_iter()
                    .flatten()
                {
                    *file = folder.join(&*file);
                }
                // A path as git takes it; addresses and absolute paths are left alone.
                if git.url.starts_with("./") || git.url.starts_with("../") {
                    git.url = folder.join(&git.url).display().to_string();
                }
            }
            source::Settings::S3(_) => {}
        }
        for file in self.auth.tokens.iter_mut().filter_map(|t| t.file.as_mut()) {
            *file = folder.join(&*file);
        }
        if let Some(file) = self.webhook.as_mut().and_then(|w| w.secret_file.as_mut()) {
            *file = folder.join(&*file);
        }
        self
    }

    /// Where copies of remote repositories may be kept: beside the journal.
    pub(crate) fn work_folder(&self) -> PathBuf {
        let folder = self.journal.path.parent().unwrap_or(Path::new("."));
        folder.join("sources")
    }
}

impl Webhook {
    fn place(&self) -> Option<Place> {
        Place::of(
            self.secret_env.as_deref(),
            self.secret_file.as_deref(),
            self.secret_secret.as_deref(),
        )
    }

    /// The secret, which is read again from now on. Blocks.
    ///
    /// # Errors
    /// It is not where the settings say.
    pub(crate) fn secret(&self) -> anyhow::Result<Secret> {
        let place = self.place();
        let place = place.ok_or_else(|| anyhow::anyhow!("webhook needs exactly one secret"))?;
        Secret::open(place, |_| Ok(()))
            .map_err(|error| anyhow::Error::new(error).context("webhook"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sixshift.yaml");
        std::fs::write(&file, text).unwrap();
        Settings::read(&Origin::File(file))
    }

    #[test]
    fn a_folder_of_plans_is_enough() {
        let text = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\n";
        let settings = read(text).unwrap();
        assert_eq!(settings.listen, ["127.0.0.1:8686", "[::1]:8686"]);
        let source::Settings::Dir(dir) = settings.source else {
            panic!("a folder was asked for")
        };
        assert!(dir.path.is_absolute() && dir.path.ends_with("plans"));
    }

    #[test]
    fn a_word_that_means_nothing_is_refused_with_its_place() {
        let text =
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\nlistn: []\n";
        let error = format!("{:#}", read(text).unwrap_err());
        assert!(error.contains("listn"), "{error}");
        assert!(error.contains('4'), "no line: {error}");
    }

    #[test]
    fn a_host_is_a_name_alone() {
        let text = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\nhosts: ";
        for good in ["[tools.example.com, 2001:db8::7]", "[]"] {
            read(&format!("{text}{good}\n")).unwrap();
        }
        for bad in [
            "['http://tools.example.com']",
            "['tools.example.com:80']",
            "['']",
        ] {
            let error = format!("{:#}", read(&format!("{text}{bad}\n")).unwrap_err());
            assert!(error.contains("without scheme and port"), "{error}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let head =
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans, poll: 10}}\n";
        let text = format!("{head}listn: []\nlimits: {{streams: many}}\nlog: {{format: jsn}}\n");
        let error = format!("{:#}", read(&text).unwrap_err());
        for part in [
            "sixshift.yaml:3:35",
            "write poll: 10s",
            "sixshift.yaml:4:1",
            "write listen",
            "sixshift.yaml:5:19",
            "sixshift.yaml:6:15",
            "write format: json",
        ] {
            assert!(error.contains(part), "{part} is not in:\n{error}");
        }
        assert_eq!(error.matches("error: ").count(), 4, "{error}");
    }

    #[test]
    fn what_only_the_daemon_knows_is_told_at_once_too() {
        let head = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\n";
        let text = format!(
            "{head}listen: []\nhosts: [a, 'b:80', 'c/']\nauth: {{tokens: [{{name: x, role: viewer}}]}}\nwebhook: {{}}\n"
        );
        let error = format!("{:#}", read(&text).unwrap_err());
        for (place, what) in [
            ("sixshift.yaml:4:9", "leave listen out"),
            ("sixshift.yaml:5:12", "\"b:80\" is no name"),
            ("sixshift.yaml:5:20", "\"c/\" is no name"),
            ("sixshift.yaml:6:17", "needs exactly one of sha256"),
            ("sixshift.yaml:7:10", "exactly one of secretFile"),
        ] {
            assert!(
                error.contains(place) && error.contains(what),
                "{place} {what} is not in:\n{error}"
            );
        }
    }

    #[test]
    fn two_sources_are_one_too_many() {
        let text =
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: a}, git: {url: ./b}}\n";
        let error = format!("{:#}", read(text).unwrap_err());
        assert!(error.contains("exactly one"), "{error}");
    }

    #[test]
    fn the_schema_knows_every_setting_that_the_example_shows() {
        let schema = sixshift_core::plan::schema_of::<Settings>();
        let example = include_str!("../../../../config/sixshift.yaml");
        // What is commented out is an example too.
        let shown = example
            .lines()
            .map(|line| line.trim_start_matches(['#', ' ', '-']));
        let keys = shown.filter_map(|line| {
            line.split_once(": ")
                .or_else(|| Some((line.strip_suffix(':')?, "")))
        });
        let text = schema.to_string();
        for (key, _) in keys.filter(|(key, _)| key.chars().all(char::is_alphanumeric)) {
            assert!(
                text.contains(&format!("\"{key}\":")),
                "{key} is not in the schema"
            );
        }
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(
            schema["$defs"]["Dir"]["properties"]["poll"]["default"],
            "10s"
        );
    }

    #[test]
    fn the_example_in_config_can_be_used() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sixshift.yaml");
        Settings::read(&Origin::File(example)).unwrap();
    }
}
