//! Names of others in what a container is told.
//!
//! What belongs here: which parts of a text are such a name. What must not: AWS's own ([`super::words`]), and what is known of
//! a name's addresses ([`super::super::names`]).

use super::{
    super::check::{Scene, Spared},
    Place, Said, containers,
    words::labels,
};
use crate::twin::without_port;

/// A name of others that a container is told.
pub(in super::super) struct Named {
    pub(in super::super) container: String,
    /// In small letters.
    pub(in super::super) host: String,
    /// As in `variable UPSTREAM`.
    pub(in super::super) place: String,
}

/// Names of others in variables and commands, where they can hardly be anything else: hosts of URLs, and whole values of
/// variables that are called after a host.
pub(in super::super) fn named(s: &Scene<'_>) -> Result<Vec<Named>, Spared> {
    let mut all = Vec::new();
    for container in containers(s)? {
        for said in container.said() {
            let hosts = url_hosts(said.text).chain(whole_host(&said));
            let others = hosts.filter(|host| is_others(host));
            all.extend(others.map(|host| Named {
                container: container.name.to_owned(),
                host: host.to_ascii_lowercase(),
                place: said.place.to_string(),
            }));
        }
    }
    Ok(all)
}

/// What stands between `//` and the path, without user and port.
fn url_hosts(text: &str) -> impl Iterator<Item = &str> {
    text.split("://").skip(1).map(|rest| {
        let end = rest.find(['/', '?', '#', ' ', '"', '\'', ',', ';']);
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        without_port(host)
    })
}

/// A value that is a host and nothing else, in a variable that says so.
fn whole_host<'a>(said: &Said<'a>) -> Option<&'a str> {
    let Place::Variable(name) = said.place else {
        return None;
    };
    let name = name.to_ascii_uppercase();
    let says = ["HOST", "ENDPOINT", "SERVER", "ADDR", "BROKER", "URL"];
    says.iter()
        .any(|word| name.contains(word))
        .then(|| without_port(said.text))
}

/// A full name of somebody else's: AWS's have checks of their own, and `localhost` is here.
fn is_others(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let is_name = host.contains('.') && host.split('.').all(is_label);
    let top = host.rsplit('.').next().unwrap_or_default();
    let is_top = top.len() > 1 && top.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    let is_here = ["localhost", "internal", "local"].contains(&top);
    is_name
        && is_top
        && !is_here
        && labels(host).is_none()
        && !host.ends_with(".api.aws")
        && !host.ends_with(".on.aws")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(variable: &'a str, text: &'a str) -> Vec<&'a str> {
        let said = Said {
            place: Place::Variable(variable),
            text,
        };
        let hosts = url_hosts(text).chain(whole_host(&said));
        hosts.filter(|host| is_others(host)).collect()
    }

    #[test]
    fn names_of_others_are_told_from_files_versions_and_what_is_here() {
        assert_eq!(
            of("UPSTREAM", "https://api.example.com/v1"),
            ["api.example.com"]
        );
        assert_eq!(
            of("A", "amqp://u:p@mq.example.com:5672/x"),
            ["mq.example.com"]
        );
        assert_eq!(
            of("A", "kafka://a.example.com:9092,kafka://b.example.com"),
            ["a.example.com", "b.example.com"]
        );
        assert_eq!(of("DB_HOST", "db.example.com:5432"), ["db.example.com"]);
        for (variable, text) in [
            ("MAIN", "com.example.Main"),
            ("SCRIPT", "app.py"),
            ("HOST", "localhost"),
            ("HOST", "10.0.0.1"),
            ("HOST", "db"),
            ("HOST", "db.prod.internal"),
            ("SERVER_VERSION", "1.2.3"),
            ("QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/q"),
            ("URL", "https://sqs.eu-central-1.api.aws/1/q"),
            ("URL", "http://[2001:db8::1]:80/"),
            ("URL", "://"),
        ] {
            assert_eq!(of(variable, text), [""; 0], "{variable}={text}");
        }
    }
}
