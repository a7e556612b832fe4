//! Requests that go on after they were counted, as WebSockets and long streams do.
//!
//! What must not be here: which target group a request goes to, and CloudWatch, which counts none of this.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// The open sessions, by target group.
#[derive(Debug, Default)]
pub(crate) struct Sessions(BTreeMap<String, Vec<Session>>);

/// Sessions of one service's customers that end at one moment.
#[derive(Debug)]
pub(crate) struct Session {
    /// The service, by the name that its traffic is booked under.
    pub(crate) service: String,
    /// How many.
    pub(crate) count: u64,
    ends: Timestamp,
}

impl Sessions {
    /// Sessions begin.
    pub(crate) fn begin(&mut self, group: &str, service: &str, count: u64, ends: Timestamp) {
        if count > 0 {
            self.0.entry(group.to_owned()).or_default().push(Session {
                service: service.to_owned(),
                count,
                ends,
            });
        }
    }

    /// Those whose time has come end by themselves.
    pub(crate) fn end(&mut self, now: Timestamp) {
        for sessions in self.0.values_mut() {
            sessions.retain(|s| s.ends > now);
        }
        self.0.retain(|_, sessions| !sessions.is_empty());
    }

    /// Those of groups that have nobody left to serve them are cut off; gives them with their groups.
    pub(crate) fn cut(&mut self, served: impl Fn(&str) -> bool) -> Vec<(String, Session)> {
        let gone: Vec<String> = self.0.keys().filter(|g| !served(g)).cloned().collect();
        gone.into_iter()
            .flat_map(|group| {
                let sessions = self.0.remove(&group).unwrap_or_default();
                sessions.into_iter().map(move |s| (group.clone(), s))
            })
            .collect()
    }

    /// How many are open on a group.
    pub(crate) fn on(&self, group: &str) -> u64 {
        self.0
            .get(group)
            .into_iter()
            .flatten()
            .map(|s| s.count)
            .sum()
    }
}
