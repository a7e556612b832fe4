//! Lines that are drawn over themselves in a terminal.
//!
//! What belongs here: places and widths. What must not: what the lines say.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

/// A block of lines at the end of the terminal.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    drawn: usize,
    /// Of the terminal, when that was drawn.
    size: (usize, usize),
}

/// Whether lines can be drawn over: `TERM=dumb` has no way back.
pub(crate) fn is_there() -> bool {
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !is_dumb
}

/// Columns and rows.
pub(crate) fn size() -> (usize, usize) {
    crossterm::terminal::size().map_or((100, 40), |(w, h)| (w.into(), h.into()))
}

/// From now on does something whenever the terminal has got another size, in a thread of its own.
///
/// # Errors
/// The system does not tell.
pub(crate) fn at_resize(mut redraw: impl FnMut() + Send + 'static) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut resized = {
            let _within = runtime.enter();
            signal(SignalKind::window_change())?
        };
        std::thread::spawn(move || {
            while runtime.block_on(resized.recv()).is_some() {
                redraw();
            }
        });
    }
    Ok(())
}

impl Screen {
    /// Draws the lines where the last ones were; what is wider or longer than the terminal is cut.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn draw(&mut self, lines: &[String]) -> std::io::Result<()> {
        let size = size();
        let lines = within(lines, size.0, size.1);
        let was = std::mem::replace(&mut self.size, size);
        // Without colours there are still ways back.
        let plain = AutoStream::choice(&std::io::stdout()) == ColorChoice::Never;
        let mut text = String::new();
        if self.drawn > 0 && was != size {
            // A terminal wraps what stands on it anew, and nobody knows how many rows that takes now.
            text += "\x1b[H\x1b[2J";
        } else if self.drawn > 0 {
            text += &format!("\x1b[{}A", self.drawn);
        }
        for line in &lines {
            let shown = if plain {
                anstream::adapter::strip_str(line).to_string()
            } else {
                line.clone()
            };
            text += &format!("\x1b[2K{shown}\n");
        }
        text += "\x1b[0J";
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        self.drawn = lines.len();
        Ok(())
    }
}

/// As much as there is room for; the last line says how much more there is.
fn within(lines: &[String], width: usize, height: usize) -> Vec<String> {
    let room = height.saturating_sub(1).max(1);
    let mut shown: Vec<String> = lines.iter().map(|line| fit(line, width)).collect();
    if shown.len() > room {
        let more = shown.len() - room + 1;
        shown.truncate(room - 1);
        shown.push(format!("… {more} more lines"));
    }
    shown
}

/// The first columns of a line; codes for colours take none.
fn fit(line: &str, width: usize) -> String {
    let columns = anstream::adapter::strip_str(line).to_string();
    if columns.chars().count() <= width {
        return line.to_owned();
    }
    let (mut text, mut used, mut in_code) = (String::new(), 0, false);
    for c in line.chars() {
        let begins = c == '\x1b';
        if begins || in_code {
            in_code = begins || !c.is_ascii_alphabetic();
        } else if used + 1 >= width {
            break;
        } else {
            used += 1;
        }
        text.push(c);
    }
    text + "…\x1b[0m"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_cut_and_keeps_its_colours() {
        let line = "\x1b[31mred\x1b[0m and more";
        assert_eq!(fit(line, 12), line);
        assert_eq!(fit(line, 6), "\x1b[31mred\x1b[0m a…\x1b[0m");
    }

    #[test]
    fn what_is_too_long_says_how_much_more_there_is() {
        let lines: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert_eq!(within(&lines, 80, 5), ["0", "1", "2", "… 7 more lines"]);
        assert_eq!(within(&lines, 80, 11).len(), 10);
    }
}
