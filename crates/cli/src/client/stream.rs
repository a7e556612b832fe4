//! Server-sent events, read line by line.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line; a stranger may send anything.
const LONGEST: u64 = 16 << 20;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its kind, as in `plan`.
    pub(crate) event: String,
    /// Its text.
    pub(crate) data: String,
    /// Its id, for whoever comes back.
    pub(crate) id: Option<String>,
}

/// Reads messages from a body.
#[derive(Debug)]
pub(crate) struct Messages<R> {
    body: BufReader<R>,
}

impl<R: Read> Messages<R> {
    /// Of a body that was not read yet.
    pub(crate) fn new(body: R) -> Self {
        Self {
            body: BufReader::new(body),
        }
    }

    /// The next message; `None` at the end. Comments, which keep the connection alive, are passed over.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) fn next(&mut self) -> io::Result<Option<Message>> {
        let mut message = Message::default();
        let mut begun = false;
        loop {
            let mut line = String::new();
            if (&mut self.body).take(LONGEST).read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                if begun {
                    return Ok(Some(message));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            begun |= !field.is_empty();
            match field {
                "event" => message.event = value.to_owned(),
                "id" => message.id = Some(value.to_owned()),
                "data" => {
                    if !message.data.is_empty() {
                        message.data.push('\n');
                    }
                    message.data.push_str(value);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Message> {
        let mut messages = Messages::new(text.as_bytes());
        std::iter::from_fn(|| messages.next().unwrap()).collect()
    }

    #[test]
    fn messages_have_a_kind_an_id_and_all_their_lines() {
        let told =
            all(": hello\n\nevent: plan\nid: 7\ndata: {\ndata: }\n\nevent:gone\r\ndata:x\r\n\r\n");
        let plan = Message {
            event: "plan".to_owned(),
            data: "{\n}".to_owned(),
            id: Some("7".to_owned()),
        };
        let gone = Message {
            event: "gone".to_owned(),
            data: "x".to_owned(),
            id: None,
        };
        assert_eq!(told, [plan, gone]);
    }

    #[test]
    fn what_breaks_off_in_the_middle_is_no_message() {
        assert_eq!(all("event: plan\ndata: {"), []);
    }
}
