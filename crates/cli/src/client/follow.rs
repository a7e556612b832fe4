//! Stays with the daemon's stream: comes back after a restart of the daemon, and picks up where it was.

use std::{fmt, io::Read, thread, time::Duration};

use super::{
    connection::Connection,
    error::Error,
    output::note,
    stream::{Message, Messages},
};

/// Between two tries to come back.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause, when the daemon stays away.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What the stream brings.
#[derive(Debug)]
pub(crate) enum News {
    /// Connected, again maybe: what happened in between must be asked for.
    Connected,
    /// Something changed.
    Message(Message),
}

/// A stream that does not end.
pub(crate) struct Follower<'a> {
    connection: &'a Connection,
    path: String,
    messages: Option<Messages<Box<dyn Read>>>,
    last: Option<String>,
    was_there: bool,
}

impl fmt::Debug for Follower<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("path", &self.path)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl<'a> Follower<'a> {
    /// Follows what is at a path; nothing is asked yet.
    pub(crate) fn new(connection: &'a Connection, path: String) -> Self {
        Self {
            connection,
            path,
            messages: None,
            last: None,
            was_there: false,
        }
    }

    /// Waits for the next news.
    ///
    /// # Errors
    /// The daemon was never there, or says no.
    pub(crate) fn next(&mut self) -> Result<News, Error> {
        loop {
            let Some(messages) = &mut self.messages else {
                self.connect()?;
                return Ok(News::Connected);
            };
            match messages.next() {
                Ok(Some(message)) => {
                    if message.id.is_some() {
                        self.last.clone_from(&message.id);
                    }
                    return Ok(News::Message(message));
                }
                // An end and a broken line are the same to who wants to know more.
                Ok(None) | Err(_) => {
                    self.messages = None;
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    fn connect(&mut self) -> Result<(), Error> {
        let mut pause = PAUSE;
        loop {
            match self.connection.stream(&self.path, self.last.as_deref()) {
                Ok(body) => {
                    if pause > PAUSE {
                        note("the daemon is back");
                    }
                    self.messages = Some(Messages::new(Box::new(body)));
                    self.was_there = true;
                    return Ok(());
                }
                Err(error) if self.was_there && error.may_pass() => {
                    if pause == PAUSE {
                        note(&format!("{error}; trying again"));
                    }
                    thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
    }
}
