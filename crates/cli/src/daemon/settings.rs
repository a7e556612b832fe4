//! The daemon's settings: one YAML document, checked before anything starts.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_controller::{
    journal::TableAt,
    notify,
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
    /// Where the lease is that one of several daemons has.
    #[serde(default)]
    lease: Option<Lease>,
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
    /// Where people open the dashboard, for links to it.
    #[serde(default)]
    dashboard: Option<String>,
    /// Who is told what happens.
    #[serde(default)]
    notify: Vec<notify::Settings>,
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

/// Where the journal is: a file of this machine's, or a table for several daemons. At most one of both.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Journal {
    /// The file; where nothing is said, /var/lib/sixshift/journal.redb.
    #[serde(default)]
    path: Option<PathBuf>,
    /// The table.
    #[serde(default)]
    dynamodb: Option<JournalTable>,
}

/// A DynamoDB table as the templates in deploy/ make it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct JournalTable {
    /// Its name.
    table: String,
    /// Its region; the environment's where none is given.
    #[serde(default)]
    region: Option<String>,
    /// Several installations share a table by prefixes of their own.
    #[serde(default = "default_prefix")]
    prefix: String,
}

/// Where the lease is that one of several daemons has. With a journal in a table it is there, too, unless it is said here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Lease {
    /// The table.
    dynamodb: LeaseTable,
}

/// A DynamoDB table; what is left out is the journal's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct LeaseTable {
    /// Its name.
    table: Option<String>,
    /// Its region.
    region: Option<String>,
    /// As the journal's.
    prefix: Option<String>,
}

fn default_prefix() -> String {
    "sixshift".to_owned()
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

/// As DynamoDB takes a table's name.
fn is_table(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (3..=255).contains(&name.len()) && name.chars().all(plain)
}

/// A DNS name or an address, without a port.
fn is_name(host: &str) -> bool {
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
        mistakes.extend(notify::mistakes(&self.notify));
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
        if let Some(path) = &mut self.journal.path {
            *path = folder.join(&*path);
        }
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
        for receiver in &mut self.notify {
            receiver.relative_to(folder);
        }
        self
    }

    /// Who is told, with addresses and secrets from where they are.
    ///
    /// # Errors
    /// One of those is not there.
    pub(crate) fn receivers(&self) -> anyhow::Result<Vec<notify::Receiver>> {
        let dashboard = self.dashboard.as_deref();
        let receivers = self.notify.iter().map(|it| it.receiver(dashboard));
        Ok(receivers.collect::<Result<_, _>>()?)
    }

    /// The journal's file; `None`: it is in a table.
    pub(crate) fn journal_file(&self) -> Option<&Path> {
        let usual = Path::new("/var/lib/sixshift/journal.redb");
        let file = self.journal.path.as_deref().unwrap_or(usual);
        self.journal.dynamodb.is_none().then_some(file)
    }

    /// The journal's table; `None`: it is in a file.
    pub(crate) fn journal_table(&self) -> Option<TableAt> {
        let table = self.journal.dynamodb.clone()?;
        Some(TableAt {
            table: table.table,
            region: table.region,
            prefix: table.prefix,
        })
    }

    /// The lease's table; `None`: one daemon has the journal's file, and nobody else.
    pub(crate) fn lease_table(&self) -> Option<TableAt> {
        let own = self.lease.as_ref().map(|lease| lease.dynamodb.clone());
        let own = own.unwrap_or_default();
        let journals = self.journal.dynamodb.as_ref();
        let is_journals = own.table.is_none();
        let region = journals
            .filter(|_| is_journals)
            .and_then(|j| j.region.clone());
        let prefix = journals.map(|journal| journal.prefix.clone());
        Some(TableAt {
            table: own.table.or_else(|| Some(journals?.table.clone()))?,
            region: own.region.or(region),
            prefix: own.prefix.or(prefix).unwrap_or_else(default_prefix),
        })
    }

    /// Where copies of remote repositories may be kept: beside the journal's file, or where whatever ends with the task is.
    pub(crate) fn work_folder(&self) -> PathBuf {
        match self.journal_file() {
            Some(file) => file.parent().unwrap_or(Path::new(".")).join("sources"),
            // Where the container may write, if it says so; the copies are made anew with each task.
            None => std::env::temp_dir().join("sources"),
        }
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
    fn mistakes_of_receivers_are_told_at_once_with_their_places() {
        let text = format!(
            "{HEAD}dashboard: sixshift.example.com\nnotify:\n  - slack: {{ urlEnv: A, on: [] }}\n  \
             - webhook: {{ on: [done], url: 'http://x', repeat: 4 }}\n"
        );
        let error = format!("{:#}", read(&text).unwrap_err());
        for part in [
            "sixshift.yaml:4:12",
            "write what people open",
            "sixshift.yaml:6:29",
            "write on: [needsPerson, rolledBack, done]",
            "sixshift.yaml:7:33",
            "write https://",
            "sixshift.yaml:7:53",
            "write 1m to 30d",
        ] {
            assert!(error.contains(part), "{part} is not in:\n{error}");
        }
        let text =
            format!("{HEAD}notify:\n  - slack: {{ urlEnv: A, on: [dnoe] }}\n  - teams: {{}}\n");
        let error = format!("{:#}", read(&text).unwrap_err());
        for part in ["sixshift.yaml:5:30", "done", "sixshift.yaml:6:5", "teams"] {
            assert!(error.contains(part), "{part} is not in:\n{error}");
        }
    }

    const HEAD: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\n";

    #[test]
    fn a_journal_in_a_table_brings_its_lease_along_and_one_in_a_file_has_none() {
        let settings = read(HEAD).unwrap();
        assert!(settings.journal_file().is_some() && settings.lease_table().is_none());
        let text = format!("{HEAD}journal: {{dynamodb: {{table: tools, region: eu-west-1}}}}\n");
        let settings = read(&text).unwrap();
        assert_eq!(settings.journal_file(), None);
        let lease = settings.lease_table().unwrap();
        let found = (&*lease.table, lease.region.as_deref(), &*lease.prefix);
        assert_eq!(found, ("tools", Some("eu-west-1"), "sixshift"));
        let settings = read(&format!("{text}lease: {{dynamodb: {{table: leases}}}}\n")).unwrap();
        let lease = settings.lease_table().unwrap();
        let found = (&*lease.table, lease.region.as_deref(), &*lease.prefix);
        assert_eq!(found, ("leases", None, "sixshift"));
    }

    #[test]
    fn a_journal_and_a_lease_that_cannot_be_are_refused_with_their_places() {
        for (text, at, part) in [
            (
                "journal: {path: a, dynamodb: {table: tools}}",
                "4:10",
                "not both",
            ),
            (
                "journal: {dynamodb: {table: 'a b'}}",
                "4:29",
                "no name of a table",
            ),
            (
                "journal: {dynamodb: {table: tools, prefix: ''}}",
                "4:44",
                "1 to 100",
            ),
            ("lease: {dynamodb: {}}", "4:19", "a table of its own"),
            ("journal: {dynamodb: {tabel: tools}}", "4:22", "table"),
        ] {
            let error = format!("{:#}", read(&format!("{HEAD}{text}\n")).unwrap_err());
            assert!(error.contains(&format!("sixshift.yaml:{at}")), "{error}");
            assert!(error.contains(part), "{error}");
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
    fn what_the_guide_and_the_example_tell_of_receivers_can_be_used() {
        let guide = include_str!("../../../../docs/guide/notifications.md");
        let block = guide.split("```yaml\n").nth(1).unwrap();
        let block = block.split("```").next().unwrap();
        assert_eq!(read(&format!("{HEAD}{block}")).unwrap().notify.len(), 2);
        let example = include_str!("../../../../config/sixshift.yaml");
        let commented = example.lines().skip_while(|line| *line != "# notify:");
        let block = commented.take_while(|line| line.starts_with("# "));
        let block: Vec<&str> = block.map(|line| &line[2..]).collect();
        let settings = read(&format!("{HEAD}{}\n", block.join("\n"))).unwrap();
        assert_eq!(settings.notify.len(), 2);
    }

    #[test]
    fn the_example_in_config_can_be_used() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sixshift.yaml");
        Settings::read(&Origin::File(example)).unwrap();
    }
}
