//! `sixshift publish`: a folder of plans into an S3 bucket, as a whole or not at all.
//!
//! What belongs here: arguments, and what people see. What must not: how a publication is written
//! (`sixshift_controller::source`).

use std::path::{Path, PathBuf};

use anyhow::Context;
use sixshift_controller::source::{Dir, Published, S3, Settings, Source, publish};

use crate::{Output, client::say, exit, lint};

/// Arguments of `publish`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of plans.
    folder: PathBuf,
    /// Where to, as in `s3://bucket/plans`.
    #[arg(value_name = "S3-URL", value_parser = target)]
    to: S3,
    /// The bucket's region. Default: the environment's.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// A role to write as, which yours may assume.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// Publish a folder without a plan too: the daemon then holds every plan where it is.
    #[arg(long)]
    allow_empty: bool,
    /// text or json.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

fn target(text: &str) -> Result<S3, &'static str> {
    let example = "write bucket and prefix, as in s3://bucket/plans";
    let rest = text.strip_prefix("s3://").ok_or(example)?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() || prefix.contains("//") || prefix.split('/').any(|part| part == "..") {
        return Err(example);
    }
    Ok(S3 {
        prefix: prefix.to_owned(),
        ..S3::at(bucket)
    })
}

/// Checks, uploads, and lets it count.
///
/// # Errors
/// The folder or the bucket cannot be read or written.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let folder = &args.folder;
    anyhow::ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let mut source = Source::open(Settings::Dir(Dir::at(folder)), Path::new(""))?;
    let snapshot = source.fetch()?;
    let is_empty = snapshot.files.is_empty();
    if (!is_empty || !args.allow_empty)
        && let Err(code) = lint::plans(std::slice::from_ref(folder), Output::Text)?
    {
        return Ok(code);
    }
    let target = S3 {
        region: args.region.clone(),
        role_arn: args.role_arn.clone(),
        ..args.to.clone()
    };
    let published = publish(&snapshot, &target, None).context("nothing new counts")?;
    match args.output {
        Output::Text => say(&format!("{}\n", sentence(&published)))?,
        Output::Json => anstream::println!(
            "{}",
            serde_json::json!({
                "apiVersion": "sixshift/v1",
                "kind": "Publication",
                "url": published.url,
                "files": published.files,
                "written": published.written,
                "commit": published.commit,
                "isNew": published.is_new,
            })
        ),
    }
    Ok(exit::DONE)
}

fn sentence(published: &Published) -> String {
    let Published {
        url, files, commit, ..
    } = published;
    let files = match files {
        1 => "1 file of plans".to_owned(),
        many => format!("{many} files of plans"),
    };
    if published.is_new {
        format!("{files} published to {url}; the daemon will show commit {commit}")
    } else {
        format!("{url} has these {files} already, as commit {commit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_bucket_and_perhaps_a_prefix() {
        let prefix = |text| target(text).map(|s3| (s3.bucket, s3.prefix));
        let b = |prefix: &str| Ok(("b".to_owned(), prefix.to_owned()));
        assert_eq!(prefix("s3://b"), b(""));
        assert_eq!(prefix("s3://b/"), b(""));
        assert_eq!(prefix("s3://b/team/plans"), b("team/plans"));
        for wrong in [
            "b/plans",
            "s3://",
            "s3:///plans",
            "s3://b/a//b",
            "s3://b/../c",
        ] {
            assert!(prefix(wrong).is_err(), "{wrong}");
        }
    }
}
