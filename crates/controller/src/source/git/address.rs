//! What a repository's address says: how it is reached.

use std::path::PathBuf;

use super::Error;

/// How a repository is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// On this machine.
    Local(PathBuf),
    /// The whole address. Plain http only to this very machine.
    Https(String),
    /// The whole address, in either spelling.
    Ssh(String),
}

impl Address {
    pub(crate) fn of(url: &str) -> Result<Self, Error> {
        let refused = |url: &str, why| {
            Err(Error::Address {
                url: url.to_owned(),
                why,
            })
        };
        if url.chars().any(char::is_control) || url.is_empty() || url.starts_with('-') {
            return refused(url, "write https://…, ssh://…, file://… or a path");
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return Ok(if is_scp_like(url) {
                Self::Ssh(url.to_owned())
            } else {
                Self::Local(PathBuf::from(url))
            });
        };
        let authority = rest.split('/').next().unwrap_or_default();
        match scheme {
            "file" => Ok(Self::Local(PathBuf::from(
                rest.strip_prefix("localhost").unwrap_or(rest),
            ))),
            "https" | "http" if authority.contains('@') => refused(
                &format!("{scheme}://…"),
                "a name or password in an address ends up in logs; use tokenFile or tokenEnv",
            ),
            "https" => Ok(Self::Https(url.to_owned())),
            "http" if is_this_machine(authority) => Ok(Self::Https(url.to_owned())),
            "http" => refused(
                url,
                "plans that come over plain http can be changed on the way; use https",
            ),
            "ssh" if has_password(authority) => refused(
                "ssh://…",
                "ssh asks for keys, not for a password in the address",
            ),
            "ssh" => Ok(Self::Ssh(url.to_owned())),
            _ => refused(url, "write https://…, ssh://…, file://… or a path"),
        }
    }

    /// The name and port that must be reached; `None`: nothing must.
    pub(crate) fn host(&self) -> Option<(String, u16)> {
        let (authority, port) = match self {
            Self::Local(_) => return None,
            Self::Https(url) => {
                let (scheme, rest) = url.split_once("://")?;
                (
                    rest.split('/').next()?,
                    if scheme == "http" { 80 } else { 443 },
                )
            }
            Self::Ssh(url) => {
                let authority = match url.split_once("://") {
                    Some((_, rest)) => rest.split('/').next()?,
                    None => url.split_once(':')?.0,
                };
                (authority.rsplit('@').next()?, 22)
            }
        };
        if let Some((address, rest)) = authority.strip_prefix('[').and_then(|a| a.split_once(']')) {
            let written = rest.strip_prefix(':').and_then(|port| port.parse().ok());
            return Some((address.to_owned(), written.unwrap_or(port)));
        }
        match authority.rsplit_once(':') {
            Some((name, written)) => Some((name.to_owned(), written.parse().ok()?)),
            None => Some((authority.to_owned(), port)),
        }
    }
}

/// `git@example.com:team/plans.git`: a colon before any slash.
fn is_scp_like(url: &str) -> bool {
    url.split_once(':')
        .is_some_and(|(host, _)| !host.contains('/') && !host.is_empty())
}

fn has_password(authority: &str) -> bool {
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'))
}

fn is_this_machine(authority: &str) -> bool {
    let port_at = authority
        .rfind(':')
        .filter(|at| !authority[*at..].contains(']'));
    let name = &authority[..port_at.unwrap_or(authority.len())];
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_it_is_reached() {
        let local = |path: &str| Address::Local(PathBuf::from(path));
        let ssh = |url: &str| Address::Ssh(url.to_owned());
        let https = |url: &str| Address::Https(url.to_owned());
        for (url, address) in [
            ("/srv/plans", local("/srv/plans")),
            ("./a:b", local("./a:b")),
            ("file:///srv/plans", local("/srv/plans")),
            ("git@example.com:a/b", ssh("git@example.com:a/b")),
            ("ssh://git@example.com/a", ssh("ssh://git@example.com/a")),
            ("https://example.com/a", https("https://example.com/a")),
            ("http://[::1]:80/a", https("http://[::1]:80/a")),
        ] {
            assert_eq!(Address::of(url).unwrap(), address, "{url}");
        }
    }

    #[test]
    fn an_address_that_is_a_danger_is_refused_and_its_password_not_shown() {
        for url in [
            "http://example.com/a",
            "http://127.0.0.1.example.com/a",
            "https://me:secret@example.com/a",
            "ssh://me:secret@example.com/a",
            "ext::sh -c secret://x",
            "--upload-pack=x",
            "",
        ] {
            let error = Address::of(url)
                .map(|a| panic!("{url}: {a:?}"))
                .unwrap_err();
            assert!(!error.to_string().contains("me:secret"), "{error}");
        }
    }

    #[test]
    fn the_host_is_found_in_every_spelling() {
        let host = |url| Address::of(url).unwrap().host();
        let named = |name: &str, port| Some((name.to_owned(), port));
        assert_eq!(host("https://github.com/a/b"), named("github.com", 443));
        assert_eq!(
            host("https://git.example:8443/a"),
            named("git.example", 8443)
        );
        assert_eq!(host("git@git.example:a"), named("git.example", 22));
        assert_eq!(
            host("ssh://git@[2001:db8::1]:2222/a"),
            named("2001:db8::1", 2222)
        );
        assert_eq!(host("/srv/plans"), None);
    }
}
