//! The words of a query: names, texts, patterns, numbers, signs.
//!
//! What belongs here: where one ends and the next begins. What must not: what they mean together ([`super::parse`]).

/// A word of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Name(String),
    Text(String),
    Pattern(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: [&str; 15] = [
    "!=", "<=", ">=", "=~", "|", "(", ")", "[", "]", ",", "=", "<", ">", "*", "-",
];

/// The words of a query, each with where it begins.
pub(super) fn words(query: &str) -> Result<Vec<(usize, Word)>, String> {
    let mut all = Vec::new();
    let mut rest = query;
    loop {
        rest = rest.trim_start();
        let at = query.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            return Ok(all);
        };
        let (word, length) = match first {
            '"' | '\'' | '`' | '/' => {
                let (text, length) = quoted(rest, first).ok_or_else(|| unexpected(first, at))?;
                let word = match first {
                    '`' => Word::Name(text),
                    '/' => Word::Pattern(text),
                    _ => Word::Text(text),
                };
                (word, length)
            }
            c if c.is_ascii_digit() => {
                let length = span(rest, |c| c.is_ascii_digit() || c == '.');
                let number = rest[..length].parse();
                (
                    Word::Number(number.map_err(|_| unexpected(first, at))?),
                    length,
                )
            }
            c if c.is_alphabetic() || c == '@' || c == '_' => {
                let length = span(rest, |c| c.is_alphanumeric() || "@_.".contains(c));
                (Word::Name(rest[..length].to_owned()), length)
            }
            _ => {
                let sign = SIGNS.into_iter().find(|s| rest.starts_with(s));
                let sign = sign.ok_or_else(|| unexpected(first, at))?;
                (Word::Sign(sign), sign.len())
            }
        };
        all.push((at, word));
        rest = &rest[length..];
    }
}

fn span(text: &str, is_of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_of(c)).unwrap_or(text.len())
}

/// What stands between two quotes, and how long that is with both. Of a pattern what is escaped stays so, but for its end.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                let (_, next) = letters.next()?;
                if quote == '/' && next != '/' {
                    inside.push('\\');
                }
                inside.push(next);
            }
            letter if letter == quote => return Some((inside, at + letter.len_utf8())),
            letter => inside.push(letter),
        }
    }
    None
}

pub(super) fn unexpected(what: impl std::fmt::Display, at: usize) -> String {
    format!(
        "unexpected symbol found {what} at line 1 and position {}",
        at + 1
    )
}
