//! Where the daemon's settings come from: a file, standard input, an environment variable, a parameter, an object.
//!
//! What belongs here: getting their text, and what it is called in messages. What must not: what it says.

use std::{
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, bail};
use sixshift_controller::store::{Access, Bucket, Expect, Fault, parameter};

/// More is nothing that a person wrote.
const MOST_BYTES: usize = 256 * 1024;

/// Where settings are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    File(PathBuf),
    Stdin,
    Env(String),
    Parameter(String),
    Object { bucket: String, key: String },
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        if let Some(name) = text.strip_prefix("env:") {
            let fits = !name.is_empty() && !name.contains(['=', '\0']);
            let name = fits.then(|| Self::Env(name.to_owned()));
            return name.ok_or("write a variable's name, as in env:SIXSHIFT_SETTINGS");
        }
        if let Some(name) = text.strip_prefix("ssm:") {
            let fits = !name.is_empty() && !name.contains(char::is_whitespace);
            let name = fits.then(|| Self::Parameter(name.to_owned()));
            return name.ok_or("write a parameter's name or ARN, as in ssm:/sixshift/settings");
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            let parts = rest.split_once('/');
            let parts = parts.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
            let (bucket, key) =
                parts.ok_or("write bucket and key, as in s3://bucket/sixshift.yaml")?;
            return Ok(Self::Object {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            });
        }
        if text.is_empty() {
            return Err("write a file's path, or -, env:NAME, ssm:/name, s3://bucket/key");
        }
        Ok(Self::File(PathBuf::from(text)))
    }
}

/// As it is called in messages.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("<standard input>"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Parameter(name) => write!(f, "ssm:{name}"),
            Self::Object { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

impl Origin {
    /// The text, which may be another at each reading. Blocks.
    ///
    /// # Errors
    /// It cannot be had, or is no text, or too much.
    pub(crate) fn read(&self) -> anyhow::Result<String> {
        let text = match self {
            Self::File(path) => {
                let size = fs::metadata(path).with_context(|| self.unread())?;
                self.fits(usize::try_from(size.len()).unwrap_or(usize::MAX))?;
                fs::read_to_string(path).with_context(|| self.unread())?
            }
            Self::Stdin => {
                let mut text = String::new();
                let most = MOST_BYTES as u64 + 1;
                let read = io::stdin().lock().take(most).read_to_string(&mut text);
                read.with_context(|| self.unread())?;
                text
            }
            Self::Env(name) => match std::env::var(name) {
                Ok(text) => text,
                Err(std::env::VarError::NotPresent) => {
                    bail!(
                        "{}: the environment variable {name} is not set",
                        self.unread()
                    )
                }
                Err(error) => bail!("{}: {error}", self.unread()),
            },
            Self::Parameter(name) => self.parameter(name)?,
            Self::Object { bucket, key } => self.object(bucket, key)?,
        };
        self.fits(text.len())?;
        Ok(text)
    }

    /// What relative paths are relative to.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::File(path) => path.parent().unwrap_or(Path::new(".")),
            _ => Path::new(""),
        }
    }

    /// Whether it can be read a second time.
    pub(crate) fn is_lasting(&self) -> bool {
        *self != Self::Stdin
    }

    fn parameter(&self, name: &str) -> anyhow::Result<String> {
        let asked = answered(async {
            let access = Access::from_environment("ssm:GetParameter").await?;
            parameter(&access, name).await
        })?;
        asked.with_context(|| {
            format!(
                "{}; the role needs ssm:GetParameter on it, and kms:Decrypt on the key of a secure one",
                self.unread()
            )
        })
    }

    fn object(&self, bucket: &str, key: &str) -> anyhow::Result<String> {
        let asked = answered(async {
            let access = Access::from_environment("s3:GetObject").await?;
            let bucket = Bucket::new(&access, bucket)?;
            bucket.get(key, &Expect::Any, MOST_BYTES).await
        })?;
        let got = asked.map_err(|fault| {
            let remedy = match fault.region() {
                Some(region) => format!("the bucket is in another region: set AWS_REGION={region}"),
                None => "the role needs s3:GetObject on it, and AWS_REGION is to be the bucket's"
                    .to_owned(),
            };
            anyhow::Error::new(fault).context(format!("{}; {remedy}", self.unread()))
        })?;
        let Some(bytes) = got.bytes else {
            bail!("{}", self.too_large());
        };
        String::from_utf8(bytes).with_context(|| self.unread())
    }

    fn unread(&self) -> String {
        format!("cannot read {self}")
    }

    fn fits(&self, bytes: usize) -> anyhow::Result<()> {
        anyhow::ensure!(bytes <= MOST_BYTES, "{}", self.too_large());
        Ok(())
    }

    fn too_large(&self) -> String {
        format!("{self} is larger than {MOST_BYTES} bytes: not the settings of a daemon")
    }
}

/// On a runtime of one's own.
fn answered<T>(asked: impl Future<Output = Result<T, Fault>>) -> anyhow::Result<Result<T, Fault>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_how_it_begins() {
        for (text, shown) in [
            ("-", "<standard input>"),
            ("env:SETTINGS", "env:SETTINGS"),
            ("ssm:/a/b", "ssm:/a/b"),
            (
                "ssm:arn:aws:ssm:eu-west-1:1:parameter/a",
                "ssm:arn:aws:ssm:eu-west-1:1:parameter/a",
            ),
            ("s3://b/a/c.yaml", "s3://b/a/c.yaml"),
            ("./-", "./-"),
            ("sixshift.yaml", "sixshift.yaml"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), shown);
        }
        assert_eq!("./-".parse(), Ok(Origin::File(PathBuf::from("./-"))));
    }

    #[test]
    fn what_names_nothing_is_refused_with_an_example() {
        for text in [
            "", "env:", "env:A=b", "ssm:", "ssm:a b", "s3://", "s3://b", "s3://b/", "s3:///k",
        ] {
            let why = text.parse::<Origin>().unwrap_err();
            assert!(why.starts_with("write "), "{text}: {why}");
        }
    }

    #[test]
    fn relative_paths_begin_at_the_file_or_where_the_daemon_stands() {
        let folder = |text: &str| text.parse::<Origin>().unwrap().folder().to_owned();
        assert_eq!(
            folder("/etc/sixshift/s.yaml"),
            PathBuf::from("/etc/sixshift")
        );
        assert_eq!(folder("env:A").join("plans"), PathBuf::from("plans"));
    }
}
