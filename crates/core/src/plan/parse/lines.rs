//! A text's lines, by YAML's own idea of a line break.

pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let within_crlf = *byte == b'\r' && bytes.get(i + 1) == Some(&b'\n');
            if matches!(byte, b'\n' | b'\r') && !within_crlf {
                starts.push(i + 1);
            }
        }
        Self { text, starts }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// A line without its break, counted from 0; empty beyond the end.
    pub(super) fn line(&self, index: usize) -> &'t str {
        let end = self
            .starts
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len());
        let line = self
            .starts
            .get(index)
            .and_then(|&start| self.text.get(start..end))
            .unwrap_or("");
        line.trim_end_matches(['\r', '\n'])
    }

    /// The text from the start of a line on.
    pub(super) fn tail(&self, index: usize) -> Option<&'t str> {
        self.starts
            .get(index)
            .and_then(|&start| self.text.get(start..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_break_of_yaml_counts() {
        let lines = Lines::of("a\r\nb\rc\n\nd");
        let all: Vec<&str> = (0..lines.count()).map(|i| lines.line(i)).collect();
        assert_eq!(all, ["a", "b", "c", "", "d"]);
        assert_eq!(lines.tail(3), Some("\nd"));
        assert_eq!(lines.line(9), "");
    }
}
