//! The daemon's settings: one YAML document, checked before anything starts.
//!
//! What belongs here: the shape, and what is made of it. What must not: what is wrong with it (`mistakes`).

mod mistakes;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use sixshift_controller::{
    gate,
    journal::TableAt,
    notify,
    secret::{Place, Secret},
    source, traces,
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
    pub(crate) notify: Vec<notify::Settings>,
    /// How the webhooks are asked that plans name as gates.
    #[serde(default)]
    pub(crate) gates: gate::Settings,
    /// What is logged, and how.
    #[serde(default)]
    pub(crate) log: Log,
    /// What others are told of the daemon's own work.
    #[serde(default)]
    pub(crate) telemetry: Telemetry,
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

/// What others are told of the daemon's own work; nothing where nothing is said.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Telemetry {
    /// Where rounds and their calls to AWS go as traces.
    pub(crate) otlp: Option<traces::Settings>,
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
        self.gates.relative_to(folder);
        if let Some(otlp) = &mut self.telemetry.otlp {
            otlp.relative_to(folder);
        }
        self
    }

    /// Who asks the webhooks of plans' steps.
    ///
    /// # Errors
    /// Its key is not there.
    pub(crate) fn asker(&self) -> anyhow::Result<gate::Asker> {
        Ok(self.gates.asker(self.dashboard.as_deref())?)
    }

    /// Who is told, with addresses and secrets from where they are.
    ///
    /// # Errors
    /// One of those is not there.
    pub(crate) async fn receivers(&self) -> anyhow::Result<Vec<notify::Receiver>> {
        Ok(notify::receivers(&self.notify, self.dashboard.as_deref()).await?)
    }

    /// Where traces go, with address and headers from where they are; `None`: nowhere.
    ///
    /// # Errors
    /// One of those is not there.
    pub(crate) fn traces(&self) -> anyhow::Result<Option<traces::Target>> {
        let otlp = self.telemetry.otlp.as_ref();
        Ok(otlp.map(traces::Settings::target).transpose()?)
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

    /// The lease's table where it is another one than the journal's.
    pub(crate) fn own_lease_table(&self) -> Option<TableAt> {
        let lease = self.lease_table()?;
        let is_journals = |at: &TableAt| (&at.table, &at.region) == (&lease.table, &lease.region);
        let is_one = self.journal_table().as_ref().is_some_and(is_journals);
        (!is_one).then_some(lease)
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
