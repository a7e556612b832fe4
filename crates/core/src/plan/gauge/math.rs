//! Metric math, as far as a point of it depends on the same moment alone.
//!
//! What belongs here: reading an expression, and what is wrong with it. What must not: working it out, which is CloudWatch's.
//!
//! Points that will not change are asked for once, and the newest again and again: over another window `RATE`, `DIFF`, `RUNNING_SUM`
//! or a plain `AVG(m)` would say something else of the same minute. Such functions are refused, and so is what finds its metrics
//! by itself. Source: Amazon CloudWatch user guide, "Using math expressions with CloudWatch metrics", metric math syntax and functions.

use std::collections::BTreeSet;

/// CloudWatch's limit (botocore: cloudwatch `MetricExpression`).
const LONGEST: usize = 2_048;
/// Deeper than anybody writes.
const DEEPEST: usize = 40;

/// An expression that CloudWatch takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expression(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    /// The name of a query.
    Name(String),
    /// Anything else, as it is written.
    Other(String),
}

impl Expression {
    /// Reads one that uses each of these names, and no other.
    ///
    /// # Errors
    /// What is wrong, and what to write in its place.
    pub fn read(text: &str, names: &BTreeSet<&str>) -> Result<Self, Wrong> {
        if text.chars().count() > LONGEST {
            return Err(wrong(
                format!("an expression has at most {LONGEST} characters"),
                "shorten it",
            ));
        }
        let tokens = tokens(text)?;
        let mut reader = Reader {
            tokens: &tokens,
            at: 0,
            depth: 0,
            names,
        };
        let kind = reader.whole()?;
        if let Some(left) = reader.peek() {
            return Err(unexpected(left));
        }
        let found: BTreeSet<&str> = tokens.iter().filter_map(Token::name).collect();
        if let Some(unused) = names.iter().find(|name| !found.contains(**name)) {
            return Err(wrong(
                format!("{unused} of using stands nowhere in it"),
                "use it, or remove it there",
            ));
        }
        match kind {
            Kind::Points => Ok(Self(tokens)),
            Kind::Number => Err(wrong(
                "it is one number, and no metric's points".to_owned(),
                "name a metric of using in it",
            )),
        }
    }

    /// As CloudWatch is to read it, with another name for each.
    #[must_use]
    pub fn text(&self, called: impl Fn(&str) -> String) -> String {
        let spelled = |token: &Token| match token {
            Token::Name(name) => called(name),
            Token::Other(text) => text.clone(),
        };
        self.0.iter().map(spelled).collect::<Vec<_>>().join(" ")
    }

    /// Whether anything in it divides.
    #[must_use]
    pub fn divides(&self) -> bool {
        self.0.iter().any(|t| t.is("/"))
    }
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is so.
    pub message: String,
    /// What to write in its place.
    pub remedy: String,
}

fn wrong(message: String, remedy: &str) -> Wrong {
    Wrong {
        message,
        remedy: remedy.to_owned(),
    }
}

fn unexpected(token: &Token) -> Wrong {
    let what = token.text();
    wrong(
        format!("{what} is not expected there"),
        "write it like this: 100 * failed / all",
    )
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Name(text) | Self::Other(text) => text,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Other(_) => None,
        }
    }

    fn is(&self, text: &str) -> bool {
        matches!(self, Self::Other(other) if other == text)
    }
}

const SIGNS: [&str; 18] = [
    "<=", ">=", "==", "!=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",",
];

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut rest = text.trim_start();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let length = match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => sign.len(),
            None => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        };
        if length == 0 {
            return Err(wrong(
                format!("{first} is no part of metric math"),
                "write names of using, numbers, + - * / ^, comparisons and functions",
            ));
        }
        let (word, after) = rest.split_at(length);
        found.push(match first {
            'a'..='z' => Token::Name(word.to_owned()),
            _ => Token::Other(word.to_owned()),
        });
        rest = after.trim_start();
    }
    Ok(found)
}

/// What an expression comes to.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Points,
}

impl Kind {
    fn with(self, other: Self) -> Self {
        if self == Self::Points { self } else { other }
    }
}

/// From the loosest to the tightest.
const LEVELS: [&[&str]; 6] = [
    &["||", "OR"],
    &["&&", "AND"],
    &["<=", ">=", "==", "!=", "<", ">"],
    &["+", "-"],
    &["*", "/"],
    &["^"],
];

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    names: &'t BTreeSet<&'t str>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_it = self.peek().is_some_and(|t| t.is(text));
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, text: &str) -> Result<(), Wrong> {
        match self.peek() {
            _ if self.take(text) => Ok(()),
            Some(found) => Err(unexpected(found)),
            None => Err(wrong(format!("{text} is missing at its end"), "close it")),
        }
    }

    fn whole(&mut self) -> Result<Kind, Wrong> {
        self.level(0)
    }

    fn level(&mut self, level: usize) -> Result<Kind, Wrong> {
        let Some(signs) = LEVELS.get(level) else {
            return self.single();
        };
        let mut kind = self.level(level + 1)?;
        while signs.iter().any(|sign| self.take(sign)) {
            kind = kind.with(self.level(level + 1)?);
        }
        Ok(kind)
    }

    fn single(&mut self) -> Result<Kind, Wrong> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong("it is nested too deeply".to_owned(), "shorten it"));
        }
        let kind = self.one();
        self.depth -= 1;
        kind
    }

    fn one(&mut self) -> Result<Kind, Wrong> {
        if self.take("-") {
            return self.single();
        }
        if self.take("(") {
            let kind = self.whole()?;
            return self.expect(")").map(|()| kind);
        }
        let Some(token) = self.peek() else {
            return Err(wrong(
                "it ends too early".to_owned(),
                "write it like this: 100 * failed / all",
            ));
        };
        self.at += 1;
        match token {
            Token::Name(name) => self.known(name),
            Token::Other(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => Ok(Kind::Number),
            Token::Other(function) if self.take("(") => self.call(function),
            Token::Other(_) => Err(unexpected(token)),
        }
    }

    fn known(&self, name: &str) -> Result<Kind, Wrong> {
        if self.names.contains(name) {
            return Ok(Kind::Points);
        }
        let all: Vec<&str> = self.names.iter().copied().collect();
        Err(wrong(
            format!("{name} is no name of using"),
            &format!("write one of {}, or say there what it is", all.join(", ")),
        ))
    }

    fn call(&mut self, function: &str) -> Result<Kind, Wrong> {
        match function {
            "SUM" | "AVG" | "MIN" | "MAX" => self.over_an_array(function),
            "ABS" | "CEIL" | "FLOOR" => self.arguments(function, 1).map(|all| all[0]),
            "PERIOD" => {
                let all = self.arguments(function, 1)?;
                points_first(function, &all).map(|()| Kind::Number)
            }
            "FILL" => {
                if let Some(how) = self.filled_by_others() {
                    return Err(how);
                }
                let all = self.arguments(function, 2)?;
                points_first(function, &all).map(|()| Kind::Points)
            }
            "IF" => {
                let all = self.arguments(function, 3)?;
                points_first(function, &all).map(|()| Kind::Points)
            }
            _ => Err(refused(function)),
        }
    }

    /// `FILL(m, REPEAT)` and `FILL(m, LINEAR)` depend on what is before and behind.
    fn filled_by_others(&self) -> Option<Wrong> {
        let rest = self.tokens.get(self.at..)?;
        let end = rest.iter().position(|t| t.is(")")).unwrap_or(rest.len());
        let how = rest[..end]
            .iter()
            .find(|t| t.is("REPEAT") || t.is("LINEAR"))?;
        Some(wrong(
            format!(
                "{} fills a minute by others, which depend on the window that is asked for",
                how.text()
            ),
            "fill with a number, as in FILL(failed, 0)",
        ))
    }

    /// Over the points of a single metric it would be one number of the whole window.
    fn over_an_array(&mut self, function: &str) -> Result<Kind, Wrong> {
        if !self.take("[") {
            return Err(wrong(
                format!(
                    "{function} of one metric is one number for the whole window that is asked for"
                ),
                &format!(
                    "name the metrics of which each minute has its {function}, as in {function}([a, b])"
                ),
            ));
        }
        loop {
            if self.whole()? == Kind::Number {
                return Err(wrong(
                    format!("a number stands among the metrics of {function}"),
                    "name metrics alone there",
                ));
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect("]")?;
        self.expect(")").map(|()| Kind::Points)
    }

    fn arguments(&mut self, function: &str, count: usize) -> Result<Vec<Kind>, Wrong> {
        let mut found = Vec::new();
        loop {
            found.push(self.whole()?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        if found.len() == count {
            return Ok(found);
        }
        let has = found.len();
        Err(wrong(
            format!("{function} takes {count}, and has {has}"),
            match function {
                "IF" => "write it like this: IF(failed > 5, failed, 0)",
                "FILL" => "write it like this: FILL(failed, 0)",
                _ => "name one metric there",
            },
        ))
    }
}

fn points_first(function: &str, all: &[Kind]) -> Result<(), Wrong> {
    match all.first() {
        Some(Kind::Points) => Ok(()),
        _ => Err(wrong(
            format!("{function} begins with a metric"),
            "name one of using there",
        )),
    }
}

fn refused(function: &str) -> Wrong {
    let why = match function {
        "RATE"
        | "DIFF"
        | "DIFF_TIME"
        | "RUNNING_SUM"
        | "REMOVE_EMPTY"
        | "SLICE"
        | "SORT"
        | "STDDEV"
        | "ANOMALY_DETECTION_BAND"
        | "METRIC_COUNT" => "says something else of the same minute in another window",
        "SEARCH"
        | "METRICS"
        | "INSIGHT_RULE_METRIC"
        | "DB_PERF_INSIGHTS"
        | "LAMBDA"
        | "SELECT"
        | "GROUPMETRICS" => "finds by itself what it reads",
        _ => "is not known here",
    };
    wrong(
        format!("{function} {why}"),
        "write it with FILL, IF, SUM, AVG, MIN, MAX, ABS, CEIL, FLOOR and PERIOD",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Expression, String> {
        Expression::read(text, &BTreeSet::from(["all", "failed"])).map_err(|w| w.message)
    }

    #[test]
    fn what_cloudwatch_takes_is_taken_and_each_metric_gets_the_name_that_a_call_has_for_it() {
        for text in [
            "100 * failed / all",
            "100*FILL(failed,0)/FILL(all,1)",
            "-(failed + all) ^ 2 <= 4 AND all > 0",
            "IF(all > 10, failed / all, 0)",
            "SUM([failed, all]) / PERIOD(all)",
            "MAX([failed/2, ABS(all)])",
        ] {
            let expression = read(text).unwrap();
            let said = expression.text(|name| format!("q1_{name}"));
            assert!(
                said.contains("q1_failed") && said.contains("q1_all"),
                "{said}"
            );
        }
        let spelled = read("100*failed/all").unwrap().text(str::to_owned);
        assert_eq!(spelled, "100 * failed / all");
    }

    #[test]
    fn what_it_refuses_or_what_depends_on_the_window_is_named() {
        for (text, said) in [
            ("failed / al", "al is no name of using"),
            ("failed", "all of using stands nowhere in it"),
            ("100 * (failed / all", ") is missing at its end"),
            ("failed / / all", "/ is not expected there"),
            ("failed / all %", "% is no part of metric math"),
            (
                "RATE(failed) / all",
                "RATE says something else of the same minute in another window",
            ),
            (
                "AVG(failed) / all",
                "AVG of one metric is one number for the whole window that is asked for",
            ),
            (
                "FILL(failed, REPEAT) / all",
                "REPEAT fills a minute by others, which depend on the window that is asked for",
            ),
            ("SEARCH('x') + failed + all", "' is no part of metric math"),
            ("IF(failed > all, 1)", "IF takes 3, and has 2"),
            ("FILL(0, failed) + all", "FILL begins with a metric"),
            (
                "PERIOD(failed) + PERIOD(all)",
                "it is one number, and no metric's points",
            ),
            ("failed all", "all is not expected there"),
            ("", "it ends too early"),
        ] {
            assert_eq!(read(text).unwrap_err(), said, "{text}");
        }
        assert!(read(&"(".repeat(2_000)).is_err());
        assert!(read(&"failed + ".repeat(500)).is_err());
    }
}
