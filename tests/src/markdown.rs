//! The code blocks of a document, and the commands of a shell block as a person types them.

use std::path::Path;
use std::{fs, io};

use crate::checkout;

/// A block between two fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The document and the line of the opening fence, as in `README.md:32`.
    pub place: String,
    /// The nearest heading above it.
    pub heading: String,
    /// What stands behind the opening fence.
    pub language: String,
    /// What stands between the fences, with its last line's end.
    pub text: String,
}

/// One command of a shell block, with what it reads (`<<'WORD'`) and its continued lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The document and the line of its block.
    pub place: String,
    /// As written.
    pub text: String,
}

/// Every block of a document of the checkout, in order.
///
/// # Errors
/// When it cannot be read.
pub fn blocks(path: impl AsRef<Path>) -> io::Result<Vec<Block>> {
    let text = fs::read_to_string(checkout().join(&path))?;
    Ok(blocks_of(&path.as_ref().display().to_string(), &text))
}

fn blocks_of(name: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut heading = String::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(language)) => {
                open = Some(Block {
                    place: format!("{name}:{}", number + 1),
                    heading: heading.clone(),
                    language: language.trim().to_owned(),
                    text: String::new(),
                });
            }
            (None, None) if line.starts_with('#') => {
                heading = line.trim_start_matches('#').trim().to_owned();
            }
            (None, None) => {}
        }
    }
    // A fence that nobody closed is a block too: whoever runs it will see.
    found.extend(open);
    found
}

impl Block {
    /// The commands of a shell block; lines of comment are none.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        let mut all = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let mut text = line.to_owned();
            while text.ends_with('\\') {
                text.push('\n');
                text.push_str(lines.next().unwrap_or_default());
            }
            if let Some(word) = here(line) {
                for read in lines.by_ref() {
                    text.push('\n');
                    text.push_str(read);
                    if read == word {
                        break;
                    }
                }
            }
            let place = self.place.clone();
            all.push(Command { place, text });
        }
        all
    }
}

/// The word that ends what a command reads, as in `cat > file <<'WORD'`.
fn here(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("<<'")?;
    rest.split('\'').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Title\n\n```sh\none \\\n  more\n# a remark\n\ncat > f <<'E'\ntwo # not a remark\nE\nthree\n```\n\n## Next\n\n```yaml\na: 1\n```\n";

    #[test]
    fn a_block_knows_its_place_its_heading_and_its_language() {
        let told: Vec<_> = blocks_of("page.md", PAGE)
            .into_iter()
            .map(|b| (b.place, b.heading, b.language))
            .collect();
        let told: Vec<_> = told
            .iter()
            .map(|(p, h, l)| [p.as_str(), h.as_str(), l.as_str()])
            .collect();
        assert_eq!(
            told,
            [["page.md:3", "Title", "sh"], ["page.md:16", "Next", "yaml"]]
        );
    }

    #[test]
    fn a_command_has_its_continued_lines_and_what_it_reads() {
        let blocks = blocks_of("page.md", PAGE);
        let commands: Vec<_> = blocks[0].commands().into_iter().map(|c| c.text).collect();
        assert_eq!(
            commands,
            [
                "one \\\n  more",
                "cat > f <<'E'\ntwo # not a remark\nE",
                "three"
            ]
        );
    }
}
