//! The part of Logs Insights' query language that the region understands: from text to commands.
//!
//! What belongs here: words, and how commands are written. What must not: what a command does with a row. Whatever is not
//! understood is refused as AWS refuses what it does not understand, and never passed over.
//!
//! Source: CloudWatch Logs user guide, "CloudWatch Logs Insights language query syntax".

use regex_lite::Regex;

use super::words::{Word, unexpected, words};

/// One of the commands that pipes separate.
#[derive(Debug)]
pub(super) enum Command {
    /// `fields`, `display`.
    Shows(Vec<String>),
    Filter(Test),
    /// `parse FIELD "glob" as …`: what stands between the stars, and the stars' names.
    Parse {
        from: String,
        between: Vec<String>,
        names: Vec<String>,
    },
    /// `parse FIELD /regular expression/`: a field for each named group; none where the text does not match.
    Captures {
        from: String,
        pattern: Regex,
    },
    Stats {
        sums: Vec<Sum>,
        by: Vec<By>,
    },
    /// Each with whether it falls.
    Sort(Vec<(String, bool)>),
    Limit(usize),
}

/// `sum(bytes) as total`
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) does: Does,
    pub(super) of: String,
    pub(super) called: String,
}

/// What `stats` groups rows by.
#[derive(Clone, Debug)]
pub(super) enum By {
    Field(String),
    /// `bin(1m)`: by the time of the event, in so many milliseconds.
    Bin(String, i64),
}

impl By {
    /// As the results call it.
    pub(super) fn called(&self) -> &String {
        match self {
            Self::Field(name) | Self::Bin(name, _) => name,
        }
    }
}

/// What `stats` makes of a group's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Count,
    Sum,
    Min,
    Max,
    Avg,
}

/// What a row is asked.
#[derive(Debug)]
pub(super) enum Test {
    Any(Vec<Test>),
    All(Vec<Test>),
    Not(Box<Test>),
    Is(String, Compares, Literal),
    In(String, Vec<Literal>),
    Like(String, Regex),
    Has(String),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compares {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// A value that stands in the query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(f64),
}

/// Reads a query; the error is AWS's sentence.
pub(super) fn parse(query: &str) -> Result<Vec<Command>, String> {
    let words = words(query)?;
    let mut reader = Reader { words, place: 0 };
    let mut commands = vec![reader.command()?];
    while reader.sign("|") {
        commands.push(reader.command()?);
    }
    match reader.peek() {
        None => Ok(commands),
        Some(_) => Err(reader.unexpected()),
    }
}

struct Reader {
    words: Vec<(usize, Word)>,
    place: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.place).map(|(_, word)| word)
    }

    fn unexpected(&self) -> String {
        match self.words.get(self.place) {
            None => "unexpected end of the query".to_owned(),
            Some((at, word)) => {
                let what = match word {
                    Word::Name(text) | Word::Text(text) | Word::Pattern(text) => text.clone(),
                    Word::Number(number) => number.to_string(),
                    Word::Sign(sign) => (*sign).to_owned(),
                };
                unexpected(what, *at)
            }
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Word::Sign(s)) if *s == sign);
        self.place += usize::from(is_it);
        is_it
    }

    fn needs(&mut self, sign: &str) -> Result<(), String> {
        match self.sign(sign) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    /// A word of the language, in any case.
    fn keyword(&mut self, word: &str) -> bool {
        let is_it =
            matches!(self.peek(), Some(Word::Name(name)) if name.eq_ignore_ascii_case(word));
        self.place += usize::from(is_it);
        is_it
    }

    fn name(&mut self) -> Result<String, String> {
        match self.peek().cloned() {
            Some(Word::Name(name)) => {
                self.place += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.peek().cloned() {
            Some(Word::Text(text)) => {
                self.place += 1;
                Ok(text)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn names(&mut self) -> Result<Vec<String>, String> {
        let mut all = vec![self.name()?];
        while self.sign(",") {
            all.push(self.name()?);
        }
        Ok(all)
    }

    fn command(&mut self) -> Result<Command, String> {
        let before = self.place;
        let command = self.name()?;
        match command.to_ascii_lowercase().as_str() {
            "fields" | "display" => Ok(Command::Shows(self.names()?)),
            "filter" => Ok(Command::Filter(self.any()?)),
            "parse" => self.glob(),
            "stats" => self.stats(),
            "sort" => self.sort(),
            "limit" => match self.peek() {
                Some(Word::Number(most)) if *most >= 1.0 && *most <= 100_000.0 => {
                    let most = *most as usize;
                    self.place += 1;
                    Ok(Command::Limit(most))
                }
                _ => Err(self.unexpected()),
            },
            _ => {
                self.place = before;
                Err(self.unexpected())
            }
        }
    }

    fn glob(&mut self) -> Result<Command, String> {
        let from = self.name()?;
        if matches!(self.peek(), Some(Word::Pattern(_))) {
            let pattern = self.pattern()?;
            let groups = pattern.capture_names().skip(1);
            let groups: Vec<Option<&str>> = groups.collect();
            if groups.is_empty() || groups.contains(&None) {
                return Err("a regular expression of parse needs named groups".to_owned());
            }
            return Ok(Command::Captures { from, pattern });
        }
        let glob = self.text()?;
        if !self.keyword("as") {
            return Err(self.unexpected());
        }
        let names = self.names()?;
        let between: Vec<String> = glob.split('*').map(str::to_owned).collect();
        if between.len() != names.len() + 1 {
            return Err(format!(
                "the number of wildcards in '{glob}' is not that of the fields"
            ));
        }
        Ok(Command::Parse {
            from,
            between,
            names,
        })
    }

    fn stats(&mut self) -> Result<Command, String> {
        let mut sums = vec![self.sum()?];
        while self.sign(",") {
            sums.push(self.sum()?);
        }
        let by = match self.keyword("by") {
            true => self.groups()?,
            false => Vec::new(),
        };
        Ok(Command::Stats { sums, by })
    }

    fn groups(&mut self) -> Result<Vec<By>, String> {
        let mut all = vec![self.group()?];
        while self.sign(",") {
            all.push(self.group()?);
        }
        Ok(all)
    }

    /// A field, or `bin(5m)`.
    fn group(&mut self) -> Result<By, String> {
        let name = self.name()?;
        if !name.eq_ignore_ascii_case("bin") || !self.sign("(") {
            return Ok(By::Field(name));
        }
        let before = self.place;
        let Some(Word::Number(count)) = self.peek().cloned() else {
            return Err(self.unexpected());
        };
        self.place += 1;
        let unit = self.name()?;
        let length = match unit.to_ascii_lowercase().as_str() {
            "s" | "sec" => 1_000,
            "m" | "min" => 60_000,
            "h" | "hr" => 3_600_000,
            _ => {
                self.place = before;
                return Err(self.unexpected());
            }
        };
        self.needs(")")?;
        if count < 1.0 || count.fract() != 0.0 {
            self.place = before;
            return Err(self.unexpected());
        }
        Ok(By::Bin(
            format!("bin({count}{unit})"),
            count as i64 * length,
        ))
    }

    fn sum(&mut self) -> Result<Sum, String> {
        const ALL: [(&str, Does); 5] = [
            ("count", Does::Count),
            ("sum", Does::Sum),
            ("min", Does::Min),
            ("max", Does::Max),
            ("avg", Does::Avg),
        ];
        let before = self.place;
        let name = self.name()?;
        let found = ALL.iter().find(|(n, _)| name.eq_ignore_ascii_case(n));
        let Some((name, does)) = found else {
            self.place = before;
            return Err(self.unexpected());
        };
        self.needs("(")?;
        let of = match (does, self.sign("*")) {
            (Does::Count, true) => "*".to_owned(),
            _ => self.name()?,
        };
        self.needs(")")?;
        let called = match self.keyword("as") {
            true => self.name()?,
            false => format!("{name}({of})"),
        };
        Ok(Sum {
            does: *does,
            of,
            called,
        })
    }

    fn sort(&mut self) -> Result<Command, String> {
        let mut all = Vec::new();
        loop {
            let name = self.name()?;
            let falls = self.keyword("desc");
            if !falls {
                self.keyword("asc");
            }
            all.push((name, falls));
            if !self.sign(",") {
                return Ok(Command::Sort(all));
            }
        }
    }

    fn any(&mut self) -> Result<Test, String> {
        let mut all = vec![self.all()?];
        while self.keyword("or") {
            all.push(self.all()?);
        }
        Ok(Test::Any(all))
    }

    fn all(&mut self) -> Result<Test, String> {
        let mut all = vec![self.one()?];
        while self.keyword("and") {
            all.push(self.one()?);
        }
        Ok(Test::All(all))
    }

    fn one(&mut self) -> Result<Test, String> {
        if self.keyword("not") {
            return Ok(Test::Not(Box::new(self.one()?)));
        }
        if self.sign("(") {
            let inside = self.any()?;
            self.needs(")")?;
            return Ok(inside);
        }
        let field = self.name()?;
        if field.eq_ignore_ascii_case("ispresent") && self.sign("(") {
            let name = self.name()?;
            self.needs(")")?;
            return Ok(Test::Has(name));
        }
        let negated = self.keyword("not");
        let test = if self.keyword("in") {
            Test::In(field, self.list()?)
        } else if self.keyword("like") || (!negated && self.sign("=~")) {
            Test::Like(field, self.pattern()?)
        } else if negated {
            return Err(self.unexpected());
        } else {
            let compares = self.compares()?;
            Test::Is(field, compares, self.literal()?)
        };
        Ok(match negated {
            true => Test::Not(Box::new(test)),
            false => test,
        })
    }

    fn compares(&mut self) -> Result<Compares, String> {
        const ALL: [(&str, Compares); 6] = [
            ("=", Compares::Equal),
            ("!=", Compares::Unequal),
            ("<=", Compares::LessOrEqual),
            (">=", Compares::MoreOrEqual),
            ("<", Compares::Less),
            (">", Compares::More),
        ];
        let found = ALL.into_iter().find(|(sign, _)| self.sign(sign));
        found.map(|(_, c)| c).ok_or_else(|| self.unexpected())
    }

    fn literal(&mut self) -> Result<Literal, String> {
        let minus = self.sign("-");
        match self.peek().cloned() {
            Some(Word::Number(number)) => {
                self.place += 1;
                Ok(Literal::Number(if minus { -number } else { number }))
            }
            Some(Word::Text(text)) if !minus => {
                self.place += 1;
                Ok(Literal::Text(text))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, String> {
        self.needs("[")?;
        let mut all = vec![self.literal()?];
        while self.sign(",") {
            all.push(self.literal()?);
        }
        self.needs("]")?;
        Ok(all)
    }

    /// A pattern, or a text that is somewhere in it.
    fn pattern(&mut self) -> Result<Regex, String> {
        let pattern = match self.peek().cloned() {
            Some(Word::Pattern(pattern)) => pattern,
            Some(Word::Text(text)) => regex_lite::escape(&text),
            _ => return Err(self.unexpected()),
        };
        let read = Regex::new(&pattern).map_err(|_| self.unexpected())?;
        self.place += 1;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> String {
        parse(query).expect_err(query)
    }

    #[test]
    fn commands_are_read_in_their_order() {
        let query = "parse @message \"* - *\" as a, b | filter a = \"x\" and (b in [1, 2] or not b like /^3/) | \
            stats sum(b) as total, count(*) by a | sort total desc | limit 20";
        let commands = parse(query).expect("it is one");
        assert_eq!(commands.len(), 5);
        assert!(
            matches!(&commands[0], Command::Parse { between, .. } if between == &["", " - ", ""])
        );
        assert!(matches!(commands[4], Command::Limit(20)));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        assert_eq!(
            refused("fields @message | pattern @message"),
            "unexpected symbol found pattern at line 1 and position 19"
        );
        for query in [
            "",
            "filter",
            "filter a",
            "filter a = ",
            "filter a = b",
            "filter a in []",
            "filter a not = 1",
            "filter (a = 1",
            "filter a = 1)",
            "filter a like /(/",
            "stats a",
            "stats sum(*)",
            "stats median(a)",
            "stats count(*) by bin(5)",
            "stats count(*) by bin(5y)",
            "stats count(*) by bin(0m)",
            "parse @message /no (group) of a name/",
            "parse @message /no group/",
            "parse @message \"* *\" as a",
            "limit 0",
            "limit x",
            "limit 1000000",
            "fields a; fields b",
            "filter a = \"b",
            "fields a # b",
        ] {
            refused(query);
        }
    }
}
