//! Fetching over ssh with the `git` program: keys, agents, jump hosts and host keys are ssh's own business.

use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{Error, Git, missing};

/// A whole fetch.
const WHOLE: Duration = Duration::from_secs(120);
/// How often it is asked whether it is over.
const ASKED: Duration = Duration::from_millis(20);
/// What the program says is kept up to so many bytes.
const SAID: u64 = 16 * 1024;

/// Fetches one reference into the bare repository.
pub(super) fn fetch(settings: &Git, url: &str, refspec: &str, copy: &Path) -> Result<(), Error> {
    let mut command = Command::new("git");
    command
        .arg("--git-dir")
        .arg(copy)
        // One pack a fetch, and no housekeeping behind our back.
        .args(["-c", "fetch.unpackLimit=1", "-c", "gc.auto=0"])
        .args(["-c", "maintenance.auto=false", "-c", "protocol.allow=never"])
        .args(["-c", "protocol.ssh.allow=always"])
        .args(["fetch", "--depth=1", "--no-tags", "--no-write-fetch-head"])
        .args(["--quiet", "--", url, refspec])
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    match &settings.ssh_command {
        Some(ssh) => command.env("GIT_SSH_COMMAND", ssh),
        None if std::env::var_os("GIT_SSH_COMMAND").is_some() => &mut command,
        None => command.env(
            "GIT_SSH_COMMAND",
            "ssh -o BatchMode=yes -o ConnectTimeout=15",
        ),
    };
    let child = command.spawn().map_err(|source| Error::NoGitProgram {
        url: settings.url.clone(),
        source,
    })?;
    match ended(child, WHOLE) {
        Ok(()) => Ok(()),
        Err(said) if said.contains("couldn't find remote ref") => Err(missing(settings)),
        Err(said) => Err(Error::Fetch {
            url: settings.url.clone(),
            source: said.into(),
        }),
    }
}

/// Waits for the end, not for ever; what was said when it failed.
fn ended(mut child: Child, limit: Duration) -> Result<(), String> {
    let (tell, told) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        thread::spawn(move || {
            let mut said = Vec::new();
            let mut stderr = stderr;
            let _ = stderr.by_ref().take(SAID).read_to_end(&mut said);
            let _ = tell.send(String::from_utf8_lossy(&said).trim().to_owned());
            // The rest is let pass: a full pipe would stop the program.
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        });
    }
    let said = || {
        told.recv_timeout(Duration::from_secs(1))
            .unwrap_or_default()
    };
    for _ in 0..limit.as_millis() / ASKED.as_millis() {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("git ended with {status}: {}", said())),
            Ok(None) => thread::sleep(ASKED),
            Err(error) => return Err(format!("git cannot be waited for: {error}")),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("git took more than {limit:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        let said = ended(child, Duration::from_millis(100)).unwrap_err();
        assert_eq!(said, "git took more than 100ms");
    }
}
