//! `source:` of the daemon's settings: what people write, checked as far as it can be without looking.

use std::{borrow::Cow, path::PathBuf, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de::Error as _};
use sixshift_core::plan;

use super::Error;

/// Where the plans come from: exactly one of `git`, `dir` and `s3`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum Settings {
    /// A git repository.
    Git(Git),
    /// A folder.
    Dir(Dir),
    /// An S3 bucket.
    S3(S3),
}

/// Where the plans come from: exactly one of `git`, `dir` and `s3`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Source", extend("minProperties" = 1, "maxProperties" = 1))]
struct Written {
    /// A git repository.
    git: Option<WrittenGit>,
    /// A folder.
    dir: Option<Dir>,
    /// An S3 bucket.
    s3: Option<S3>,
}

impl JsonSchema for Settings {
    fn schema_name() -> Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}

impl TryFrom<Written> for Settings {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match (written.git, written.dir, written.s3) {
            (Some(git), None, None) => Ok(Self::Git(git.try_into()?)),
            (None, Some(dir), None) => Ok(Self::Dir(dir)),
            (None, None, Some(s3)) => Ok(Self::S3(s3)),
            _ => Err("a source has exactly one of `git`, `dir` and `s3`"),
        }
    }
}

/// A git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// `https://…`, `ssh://…`, `user@host:path`, `file://…` or a path. Without a password in it.
    pub url: String,
    /// What of it counts.
    pub reference: Reference,
    /// The folder of plans, relative to the repository's root.
    pub folder: PathBuf,
    /// Between two looks.
    pub poll: Duration,
    /// A file with the access token, for https; read anew at each fetch.
    pub token_file: Option<PathBuf>,
    /// The environment variable with the access token, for https.
    pub token_env: Option<String>,
    /// The secret of Secrets Manager with the access token, for https; read anew at each fetch.
    pub token_secret: Option<String>,
    /// A file of PEM certificates to trust in place of the system's, for https.
    pub ca_file: Option<PathBuf>,
    /// The command in place of `ssh`, as git's `core.sshCommand`.
    pub ssh_command: Option<String>,
}

/// Which commit of a repository counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reference {
    /// What its HEAD names: the default branch.
    #[default]
    Head,
    /// A branch, without `refs/heads/`.
    Branch(String),
    /// A tag, without `refs/tags/`.
    Tag(String),
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dir {
    /// Where it is.
    pub path: PathBuf,
    /// Between two looks; changes that the system tells of are seen sooner.
    #[serde(default = "of_a_folder", deserialize_with = "interval")]
    #[schemars(with = "String", extend("pattern" = plan::DURATION_PATTERN, "default" = "10s"))]
    pub poll: Duration,
}

/// The objects below a prefix of an S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3 {
    /// The bucket's name, without `s3://`.
    pub bucket: String,
    /// The folder of plans in it; the whole bucket where it is not given.
    #[serde(default)]
    pub prefix: String,
    /// The bucket's region; the environment's where it is not given.
    pub region: Option<String>,
    /// A role that may read the bucket, which the daemon's own may assume.
    pub role_arn: Option<String>,
    /// Between two looks.
    #[serde(default = "of_a_repository", deserialize_with = "interval")]
    #[schemars(with = "String", extend("pattern" = plan::DURATION_PATTERN, "default" = "60s"))]
    pub poll: Duration,
}

impl S3 {
    /// What no type refuses, by its path below the source: what is wrong, and what to do.
    fn mistakes(&self) -> Vec<(String, String, &'static str)> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, text: &str, what: &str, remedy| {
            found.push((
                format!("s3.{key}"),
                format!("{text:?} is no {what}"),
                remedy,
            ));
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let bucket = &self.bucket;
        if !(3..=255).contains(&bucket.len()) || !bucket.chars().all(plain) {
            let remedy = "write a bucket's name alone, without s3:// and without a key";
            wrong("bucket", bucket, "name of a bucket", remedy);
        }
        let prefix = &self.prefix;
        if prefix.contains("//") || prefix.split('/').any(|part| part == "..") {
            let remedy = "write a folder of the bucket, as in plans or team/plans";
            wrong("prefix", prefix, "folder of a bucket", remedy);
        }
        if let Some(region) = self.region.as_deref().filter(|r| !plan::is_region(r)) {
            wrong("region", region, "region", "write it as in eu-central-1");
        }
        if let Some(role) = self.role_arn.as_deref().filter(|r| !plan::is_role_arn(r)) {
            let remedy = "write it as in arn:aws:iam::123456789012:role/sixshift";
            wrong("roleArn", role, "role's ARN", remedy);
        }
        found
    }

    /// A whole bucket, as the environment says, with the usual interval.
    #[must_use]
    pub fn at(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: String::new(),
            region: None,
            role_arn: None,
            poll: of_a_repository(),
        }
    }
}

/// A git repository.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Git")]
struct WrittenGit {
    /// `https://…`, `ssh://…`, `user@host:path`, `file://…` or a path. Never with a password in it.
    url: String,
    /// The branch that counts; without branch and tag: the remote's HEAD.
    branch: Option<String>,
    /// The tag that counts.
    tag: Option<String>,
    /// The folder of plans, relative to the repository's root.
    #[serde(default)]
    folder: PathBuf,
    /// Between two looks.
    #[serde(default = "of_a_repository", deserialize_with = "interval")]
    #[schemars(with = "String", extend("pattern" = plan::DURATION_PATTERN, "default" = "60s"))]
    poll: Duration,
    /// A file with the access token, for https; read anew at each fetch.
    token_file: Option<PathBuf>,
    /// The environment variable with the access token, for https.
    token_env: Option<String>,
    /// The ARN or name of the secret in Secrets Manager with the access token, for https; read anew at each fetch.
    token_secret: Option<String>,
    /// A file of PEM certificates to trust in place of the system's, for https.
    ca_file: Option<PathBuf>,
    /// The command in place of `ssh`, as git's `core.sshCommand`.
    ssh_command: Option<String>,
}

impl TryFrom<WrittenGit> for Git {
    type Error = &'static str;

    fn try_from(written: WrittenGit) -> Result<Self, Self::Error> {
        let tokens = [
            written.token_file.is_some(),
            written.token_env.is_some(),
            written.token_secret.is_some(),
        ];
        if tokens.into_iter().filter(|is_given| *is_given).count() > 1 {
            return Err("a git source has one of `tokenFile`, `tokenEnv` and `tokenSecret`");
        }
        let reference = match (written.branch, written.tag) {
            (None, None) => Reference::Head,
            (Some(branch), None) => Reference::Branch(branch),
            (None, Some(tag)) => Reference::Tag(tag),
            (Some(_), Some(_)) => return Err("a git source has `branch` or `tag`, not both"),
        };
        Ok(Self {
            url: written.url,
            reference,
            folder: written.folder,
            poll: written.poll,
            token_file: written.token_file,
            token_env: written.token_env,
            token_secret: written.token_secret,
            ca_file: written.ca_file,
            ssh_command: written.ssh_command,
        })
    }
}

impl Settings {
    /// What no type refuses: the path below the source, what is wrong, and what to do.
    #[must_use]
    pub fn mistakes(&self) -> Vec<(String, String, &'static str)> {
        match self {
            Self::S3(s3) => s3.mistakes(),
            Self::Git(_) | Self::Dir(_) => Vec::new(),
        }
    }

    /// What can be said without looking at the source: its address, and the secret that it is read with. Blocks.
    ///
    /// # Errors
    /// The first thing that keeps it from being read at all.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Git(git) => super::git::check(git),
            Self::Dir(_) | Self::S3(_) => Ok(()),
        }
    }
}

impl Git {
    /// The default branch of a repository, and its root folder, without a token.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            reference: Reference::Head,
            folder: PathBuf::new(),
            poll: of_a_repository(),
            token_file: None,
            token_env: None,
            token_secret: None,
            ca_file: None,
            ssh_command: None,
        }
    }
}

impl Dir {
    /// A folder, with the usual interval.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            poll: of_a_folder(),
        }
    }
}

const fn of_a_repository() -> Duration {
    Duration::from_secs(60)
}

const fn of_a_folder() -> Duration {
    Duration::from_secs(10)
}

fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match plan::duration(&text) {
        Some(poll) if (1..=86_400).contains(&poll.as_secs()) => Ok(poll),
        Some(_) => Err(D::Error::custom("`poll` is between 1s and 1d")),
        None => Err(D::Error::custom(format!(
            "`poll: {text}` is no duration; write it like 60s or 5m"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Settings, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let Settings::Git(git) = read("git: { url: 'https://example.com/plans.git' }").unwrap()
        else {
            panic!("a git source was written");
        };
        assert_eq!(git, Git::at("https://example.com/plans.git"));
        assert_eq!(git.poll, Duration::from_secs(60));
        assert_eq!(
            read("s3: { bucket: plans }").unwrap(),
            Settings::S3(S3::at("plans"))
        );
        assert_eq!(
            read("dir: { path: plans }").unwrap(),
            Settings::Dir(Dir::at("plans"))
        );
    }

    #[test]
    fn everything_can_be_written() {
        let git = "git: { url: x, tag: live, folder: plans, poll: 1m30s, tokenFile: t, caFile: c, sshCommand: s }";
        let Settings::Git(git) = read(git).unwrap() else {
            panic!("a git source was written");
        };
        assert_eq!(git.reference, Reference::Tag("live".to_owned()));
        assert_eq!(git.poll, Duration::from_secs(90));
        assert_eq!(git.token_file, Some(PathBuf::from("t")));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (yaml, why) in [
            ("{}", "exactly one of"),
            ("git: { url: x }\ndir: { path: y }", "exactly one of"),
            ("git: { url: x, branch: a, tag: b }", "`branch` or `tag`"),
            (
                "git: { url: x, tokenFile: a, tokenEnv: b }",
                "one of `tokenFile`",
            ),
            (
                "git: { url: x, tokenSecret: a, tokenEnv: b }",
                "one of `tokenFile`",
            ),
            ("s3: { prefix: plans }", "missing field `bucket`"),
            ("s3: { bucket: b }\ndir: { path: y }", "exactly one of"),
            ("git: { url: x, brnch: a }", "unknown field"),
            ("git: { url: x, poll: 0s }", "between 1s and 1d"),
            ("dir: { path: x, poll: 10 min }", "is no duration"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(why), "{yaml}: {error}");
        }
    }

    #[test]
    fn what_a_bucket_cannot_be_is_told_by_its_path() {
        for (yaml, paths) in [
            ("{ bucket: 's3://b' }", vec!["s3.bucket"]),
            ("{ bucket: plans/a }", vec!["s3.bucket"]),
            ("{ bucket: '' }", vec!["s3.bucket"]),
            ("{ bucket: plans, prefix: a/../b }", vec!["s3.prefix"]),
            (
                "{ bucket: plans, region: Frankfurt, roleArn: me }",
                vec!["s3.region", "s3.roleArn"],
            ),
            (
                "{ bucket: plans, prefix: a, region: eu-central-1, roleArn: 'arn:aws:iam::123456789012:role/a' }",
                vec![],
            ),
        ] {
            let mistakes = read(&format!("s3: {yaml}")).unwrap().mistakes();
            let found: Vec<&str> = mistakes.iter().map(|(path, ..)| path.as_str()).collect();
            assert_eq!(found, paths, "{yaml}");
        }
    }
}
