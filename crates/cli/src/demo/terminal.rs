//! The terminal while a picture is on it: a screen of its own, so that nothing is left behind and nothing is overwritten.

use std::{cell::Cell, io::Write};

use super::screen::Size;

/// Another screen, no cursor, and no line breaks that nobody wrote.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
/// All as it was.
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// The terminal; given back when dropped.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    entered: Cell<bool>,
}

impl Terminal {
    /// Whether standard output is one that can be drawn on.
    pub(super) fn is_there() -> bool {
        use std::io::IsTerminal;
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        std::io::stdout().is_terminal() && !dumb
    }

    /// How large it is now.
    pub(super) fn size() -> Size {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        let (width, height) = (usize::from(width).max(20), usize::from(height).max(8));
        Size { width, height }
    }

    /// Draws a picture over the one before.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn draw(&self, lines: &[String]) -> std::io::Result<()> {
        let stdout = std::io::stdout();
        let plain = anstream::AutoStream::choice(&stdout) == anstream::ColorChoice::Never;
        let mut text = String::new();
        if !self.entered.replace(true) {
            text.push_str(ENTER);
        }
        text.push_str("\x1b[H");
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                text.push_str("\r\n");
            }
            if plain {
                text.push_str(&anstream::adapter::strip_str(line).to_string());
            } else {
                text.push_str(line);
            }
            text.push_str("\x1b[K");
        }
        text.push_str("\x1b[J");
        let mut out = stdout.lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Back to the screen that was there before.
    pub(super) fn leave(&self) {
        if self.entered.replace(false) {
            let mut out = std::io::stdout().lock();
            // A terminal that is gone needs nothing back.
            let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}
