//! This machine: who may give orders, where the journal lies, what can be listened on, which families lead out.

use std::{
    fs::OpenOptions,
    io::ErrorKind,
    net::{IpAddr, TcpListener, UdpSocket},
    path::Path,
};

use sixshift_api::auth::{Role, Settings, check};

use super::Finding;
use crate::daemon::{faces, settings::Webhook};

/// Who may read and order.
pub(super) fn access(auth: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let by_token = auth.tokens.iter().any(|token| token.role == Role::Operator);
    if !by_token && auth.alb_oidc.is_none() {
        findings.push(Finding::warn(
            "access",
            "nobody may give orders: the daemon will be read-only",
            "add a token with role: operator to auth.tokens; `openssl rand -hex 32` makes one",
        ));
    }
    if let Err(error) = check(auth, Some(faces::key_fetcher())) {
        findings.push(Finding::bad(
            "access",
            error.to_string(),
            "give the daemon what its settings name, and doctor too, so that it can see it",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("access", "somebody may give orders"));
    }
    findings
}

/// The secret of push notices.
pub(super) fn hook(webhook: Option<&Webhook>) -> Option<Finding> {
    let error = webhook?.secret().err()?;
    Some(Finding::bad(
        "access",
        format!("{error:#}"),
        "put the secret where the settings say, or correct webhook",
    ))
}

/// Whether the journal can be written. It is not opened: the daemon may have it.
pub(super) fn journal(path: &Path) -> Finding {
    let shown = path.display();
    let written = if path.exists() {
        OpenOptions::new()
            .read(true)
            .append(true)
            .open(path)
            .map(drop)
    } else {
        // Only a file made there proves that one can be. The daemon makes what folders are missing.
        tempfile::Builder::new()
            .tempfile_in(nearest_folder(path))
            .map(drop)
    };
    match written {
        Ok(()) if path.exists() => Finding::ok("journal", format!("{shown} can be written")),
        Ok(()) => Finding::ok("journal", format!("{shown} can be made; there is none yet")),
        Err(error) => Finding::bad(
            "journal",
            format!("{shown} cannot be written: {error}"),
            "give the daemon's user a folder that it may write and that outlives it, or set journal.path",
        ),
    }
}

/// The folder of a file, or the first one above it that there is.
fn nearest_folder(path: &Path) -> &Path {
    let mut above = path.ancestors().skip(1);
    above
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("."))
}

/// Whether an address can be listened on.
pub(super) fn listen(address: &str) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok("listen", format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_daemon(address) => {
            Finding::ok("listen", format!("a daemon listens on {address} already"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::bad(
            "listen",
            format!("somebody else listens on {address}"),
            "end that program, or set other addresses in listen",
        ),
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => Finding::warn(
            "listen",
            format!("this machine has no address for {address}"),
            "leave it out of listen if the other addresses are enough",
        ),
        Err(error) => Finding::bad(
            "listen",
            format!("cannot listen on {address}: {error}"),
            "write listen as in 127.0.0.1:8686 or [::]:8686, with a port above 1023",
        ),
    }
}

fn is_daemon(address: &str) -> bool {
    let patience = std::time::Duration::from_secs(2);
    let answer = ureq::get(format!("http://{address}/api/v1/openapi.json"))
        .config()
        .timeout_global(Some(patience))
        .build()
        .call();
    answer.is_ok_and(|mut answer| {
        let text = answer.body_mut().read_to_string();
        text.is_ok_and(|text| text.contains("sixshift"))
    })
}

/// From which address this machine would speak to the internet, by family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Families {
    pub(super) ipv4: Option<IpAddr>,
    pub(super) ipv6: Option<IpAddr>,
}

/// Asks the routing table. Nothing is sent: connecting a UDP socket only chooses a way.
pub(super) fn families() -> Families {
    let from = |bind: &str, to: &str| {
        let socket = UdpSocket::bind(bind).ok()?;
        socket.connect(to).ok()?;
        let address = socket.local_addr().ok()?.ip();
        (!address.is_loopback() && !address.is_unspecified()).then_some(address)
    };
    Families {
        ipv4: from("0.0.0.0:0", "198.51.100.1:443"),
        ipv6: from("[::]:0", "[2001:db8::1]:443"),
    }
}

/// Which families lead out, and whether one has to: where AWS is on this machine, as a simulated region is, none has.
pub(super) fn network(families: Families, is_aws_here: bool) -> Finding {
    match (families.ipv4, families.ipv6) {
        (None, None) if is_aws_here => Finding::ok(
            "network",
            "nothing leads out of this machine, and AWS is on it, says AWS_ENDPOINT_URL",
        ),
        (Some(ipv4), Some(ipv6)) => Finding::ok(
            "network",
            format!("IPv4 leads out from {ipv4}, IPv6 from {ipv6}"),
        ),
        (None, Some(ipv6)) => Finding::ok(
            "network",
            format!(
                "only IPv6 leads out, from {ipv6}: everything must have an IPv6 address, or NAT64"
            ),
        ),
        (Some(ipv4), None) => Finding::ok("network", format!("only IPv4 leads out, from {ipv4}")),
        (None, None) => Finding::bad(
            "network",
            "neither IPv4 nor IPv6 leads out of this machine",
            "give its subnet a route: an egress-only internet gateway for IPv6, a NAT gateway for IPv4",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::doctor::State;

    #[test]
    fn a_port_that_somebody_has_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        // A stranger who answers nothing at all must not hold the doctor up for long.
        assert_eq!(listen(&address).state, State::Bad);
        drop(taken);
        assert_eq!(listen(&address).state, State::Ok);
    }

    #[test]
    fn a_journal_needs_a_place_and_leaves_nothing_behind_when_tried() {
        let folder = tempfile::tempdir().unwrap();
        let made = ["journal.redb", "state/of/it/journal.redb"];
        for path in made.map(|name| folder.path().join(name)) {
            assert_eq!(journal(&path).state, State::Ok);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join("state"), "a file").unwrap();
        let within_a_file = journal(&folder.path().join("state/journal.redb"));
        assert_eq!(within_a_file.state, State::Bad);
    }

    #[test]
    fn a_way_out_is_needed_only_where_aws_is_out_there() {
        let none = Families::default();
        assert_eq!(network(none, true).state, State::Ok);
        assert_eq!(network(none, false).state, State::Bad);
    }

    #[test]
    fn a_journal_that_is_there_is_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.redb");
        fs::write(&path, "kept").unwrap();
        assert_eq!(journal(&path).state, State::Ok);
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
    }
}
