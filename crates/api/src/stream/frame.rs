//! One event on the wire, and where a reader is after it.

use std::{fmt, str::FromStr, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

/// Where a reader is: which process spoke, the newest version it knows, the newest event it has seen.
///
/// It is the `id` of every event, and comes back as `Last-Event-ID`. Versions begin anew with each process, events do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) process: u32,
    pub(crate) version: u64,
    pub(crate) seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}-{}", self.process, self.version, self.seq)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.trim().splitn(3, '-');
        let mut next = || parts.next().ok_or(());
        Ok(Self {
            process: u32::from_str_radix(next()?, 16).map_err(|_| ())?,
            version: next()?.parse().map_err(|_| ())?,
            seq: next()?.parse().map_err(|_| ())?,
        })
    }
}

/// What a frame is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A plan's line, or its end.
    Plan(Arc<str>),
    /// The fleet.
    Fleet,
    /// An event of a plan or of the fleet.
    Event(Option<Arc<str>>),
    /// Who may read: some may no longer.
    Standing,
    /// No more frames will come.
    End,
}

/// An event as it goes out. Cheap to clone: all readers share the bytes.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) about: About,
    /// Where a reader is that has it.
    pub(crate) at: Position,
    /// With its `id`.
    pub(crate) bytes: Bytes,
    id_length: usize,
}

impl Frame {
    /// An event with a name and a value.
    pub(crate) fn new(about: About, at: Position, name: &str, data: &impl Serialize) -> Self {
        let id = id_line(at);
        let bytes = [id.as_bytes(), &render(name, data)].concat();
        Self {
            about,
            at,
            bytes: bytes.into(),
            id_length: id.len(),
        }
    }

    /// The end of the stream.
    pub(crate) fn end() -> Self {
        Self::silent(About::End)
    }

    /// Some readers may read no longer.
    pub(crate) fn judge() -> Self {
        Self::silent(About::Standing)
    }

    /// One that nobody is sent.
    fn silent(about: About) -> Self {
        Self {
            about,
            at: Position::default(),
            bytes: Bytes::new(),
            id_length: 0,
        }
    }

    /// The same without its `id`: for a reader that does not yet have all that came before.
    pub(crate) fn without_id(&self) -> Bytes {
        self.bytes.slice(self.id_length..)
    }
}

/// Tells a reader where it is, without an event.
pub(crate) fn id_only(at: Position) -> Bytes {
    Bytes::from(id_line(at) + "\n")
}

/// An event without an id.
pub(crate) fn render(name: &str, data: &impl Serialize) -> Vec<u8> {
    // What is sent has only text keys and finite numbers; JSON has no line breaks of its own.
    let json = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {json}\n\n").into_bytes()
}

fn id_line(at: Position) -> String {
    format!("id: {at}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back() {
        let at = Position {
            process: 0xfe,
            version: 12,
            seq: 3,
        };
        assert_eq!(at.to_string(), "000000fe-12-3");
        assert_eq!(at.to_string().parse(), Ok(at));
        for other in ["", "1", "1-2", "x-1-1", "1--1", "1-1-99999999999999999999"] {
            assert_eq!(other.parse::<Position>(), Err(()), "{other}");
        }
    }

    #[test]
    fn an_event_is_one_line_of_data() {
        let frame = Frame::new(About::Fleet, Position::default(), "fleet", &"a\nb");
        assert_eq!(
            frame.bytes,
            "id: 00000000-0-0\nevent: fleet\ndata: \"a\\nb\"\n\n"
        );
        assert_eq!(frame.without_id(), "event: fleet\ndata: \"a\\nb\"\n\n");
    }
}
