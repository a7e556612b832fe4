//! Metric math: reading an expression and working it out over points.
//!
//! The part of CloudWatch's language that is arithmetic, comparison, `FILL`, `IF` and the aggregates. What must not be here:
//! where points come from.

mod parse;

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Points by epoch second.
pub(crate) type Series = BTreeMap<i64, f64>;

/// An expression that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Name(String),
    Negative(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    Array(Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Fill,
    If,
    Sum,
    Avg,
    Min,
    Max,
    Abs,
    Ceil,
    Floor,
    Period,
}

/// The moments that an answer may have points at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    from: i64,
    to: i64,
    period: u32,
}

impl Span {
    pub(crate) fn new(from: Timestamp, to: Timestamp, period: u32) -> Self {
        Self {
            from: from.as_second().div_euclid(60) * 60,
            to: to.as_second(),
            period,
        }
    }

    fn moments(self) -> impl Iterator<Item = i64> {
        // More points than one answer may have are never asked for.
        (self.from..self.to)
            .step_by(self.period.max(1) as usize)
            .take(100_800)
    }
}

enum Worth {
    Number(f64),
    Series(Series),
    Array(Vec<Series>),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What cannot be read, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self)
    }

    /// The names of other queries in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.0.collect_names(&mut names);
        names
    }

    /// Works it out; a plain number becomes a point at each moment.
    pub(crate) fn evaluate(
        &self,
        known: &BTreeMap<String, Series>,
        span: Span,
    ) -> Result<Series, String> {
        match self.0.worth(known, span)? {
            Worth::Series(series) => Ok(series),
            Worth::Number(n) => Ok(span.moments().map(|t| (t, n)).collect()),
            Worth::Array(_) => Err("the result has to be one time series".to_owned()),
        }
    }
}

impl Node {
    fn collect_names(&self, into: &mut Vec<String>) {
        match self {
            Self::Name(name) if name != "REPEAT" => into.push(name.clone()),
            Self::Name(_) | Self::Number(_) => {}
            Self::Negative(inner) => inner.collect_names(into),
            Self::Binary(_, a, b) => {
                a.collect_names(into);
                b.collect_names(into);
            }
            Self::Call(_, nodes) | Self::Array(nodes) => {
                nodes.iter().for_each(|n| n.collect_names(into))
            }
        }
    }

    fn worth(&self, known: &BTreeMap<String, Series>, span: Span) -> Result<Worth, String> {
        match self {
            Self::Number(n) => Ok(Worth::Number(*n)),
            Self::Name(name) => known
                .get(name)
                .map(|s| Worth::Series(s.clone()))
                .ok_or_else(|| format!("{name} is not defined")),
            Self::Negative(inner) => each(inner.worth(known, span)?, |v| -v),
            Self::Binary(op, a, b) => {
                pairwise(a.worth(known, span)?, b.worth(known, span)?, |x, y| {
                    op.apply(x, y)
                })
            }
            Self::Array(nodes) => nodes
                .iter()
                .map(|n| n.series(known, span))
                .collect::<Result<_, _>>()
                .map(Worth::Array),
            Self::Call(function, arguments) => call(*function, arguments, known, span),
        }
    }

    fn series(&self, known: &BTreeMap<String, Series>, span: Span) -> Result<Series, String> {
        match self.worth(known, span)? {
            Worth::Series(series) => Ok(series),
            _ => Err("a time series is expected here".to_owned()),
        }
    }
}

impl Operator {
    /// No result where there is none, such as a division by zero: the point is then missing.
    fn apply(self, x: f64, y: f64) -> Option<f64> {
        let truth = |b: bool| Some(f64::from(u8::from(b)));
        match self {
            Self::Add => Some(x + y),
            Self::Subtract => Some(x - y),
            Self::Multiply => Some(x * y),
            Self::Divide => (y != 0.0).then(|| x / y),
            Self::Power => Some(x.powf(y)),
            Self::Less => truth(x < y),
            Self::LessOrEqual => truth(x <= y),
            Self::Greater => truth(x > y),
            Self::GreaterOrEqual => truth(x >= y),
            Self::Equal => truth(x == y),
            Self::NotEqual => truth(x != y),
            Self::And => truth(x != 0.0 && y != 0.0),
            Self::Or => truth(x != 0.0 || y != 0.0),
        }
    }
}

fn call(
    function: Function,
    arguments: &[Node],
    known: &BTreeMap<String, Series>,
    span: Span,
) -> Result<Worth, String> {
    match (function, arguments) {
        (Function::Fill, [what, with]) => {
            fill(what.series(known, span)?, with, known, span).map(Worth::Series)
        }
        (Function::If, [test, yes, no]) => choose(
            test.worth(known, span)?,
            &yes.worth(known, span)?,
            &no.worth(known, span)?,
        ),
        (Function::Abs, [of]) => each(of.worth(known, span)?, f64::abs),
        (Function::Ceil, [of]) => each(of.worth(known, span)?, f64::ceil),
        (Function::Floor, [of]) => each(of.worth(known, span)?, f64::floor),
        (Function::Period, [_]) => Ok(Worth::Number(f64::from(span.period))),
        (Function::Sum | Function::Avg | Function::Min | Function::Max, [of]) => {
            Ok(aggregate(function, of.worth(known, span)?))
        }
        _ => Err(format!("{function:?} has the wrong number of arguments")),
    }
}

fn fill(
    mut series: Series,
    with: &Node,
    known: &BTreeMap<String, Series>,
    span: Span,
) -> Result<Series, String> {
    let repeat = matches!(with, Node::Name(name) if name == "REPEAT");
    let with = if repeat {
        Worth::Series(Series::new())
    } else {
        with.worth(known, span)?
    };
    for moment in span.moments() {
        if series.contains_key(&moment) {
            continue;
        }
        let value = match &with {
            _ if repeat => series.range(..moment).next_back().map(|(_, v)| *v),
            Worth::Number(n) => Some(*n),
            Worth::Series(other) => other.get(&moment).copied(),
            Worth::Array(_) => return Err("FILL cannot fill with an array".to_owned()),
        };
        if let Some(value) = value {
            series.insert(moment, value);
        }
    }
    Ok(series)
}

fn choose(test: Worth, yes: &Worth, no: &Worth) -> Result<Worth, String> {
    let at = |worth: &Worth, moment: i64| match worth {
        Worth::Number(n) => Some(*n),
        Worth::Series(s) => s.get(&moment).copied(),
        Worth::Array(_) => None,
    };
    match test {
        Worth::Series(tests) => Ok(Worth::Series(
            tests
                .into_iter()
                .filter_map(|(t, v)| Some((t, at(if v != 0.0 { yes } else { no }, t)?)))
                .collect(),
        )),
        Worth::Number(n) => match if n != 0.0 { yes } else { no } {
            Worth::Number(n) => Ok(Worth::Number(*n)),
            Worth::Series(s) => Ok(Worth::Series(s.clone())),
            Worth::Array(_) => Err("IF cannot choose an array".to_owned()),
        },
        Worth::Array(_) => Err("IF cannot test an array".to_owned()),
    }
}

/// Over an array: one series, point by point, of whatever points there are. Over a series: one number.
fn aggregate(function: Function, of: Worth) -> Worth {
    let fold = |values: &[f64]| match function {
        Function::Avg => values.iter().sum::<f64>() / values.len() as f64,
        Function::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        Function::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        _ => values.iter().sum(),
    };
    match of {
        Worth::Number(n) => Worth::Number(n),
        Worth::Series(series) => {
            let values: Vec<f64> = series.into_values().collect();
            if values.is_empty() {
                Worth::Series(Series::new())
            } else {
                Worth::Number(fold(&values))
            }
        }
        Worth::Array(all) => {
            let mut by_moment = BTreeMap::<i64, Vec<f64>>::new();
            for (moment, value) in all.into_iter().flatten() {
                by_moment.entry(moment).or_default().push(value);
            }
            Worth::Series(
                by_moment
                    .into_iter()
                    .map(|(t, values)| (t, fold(&values)))
                    .collect(),
            )
        }
    }
}

fn each(worth: Worth, f: impl Fn(f64) -> f64) -> Result<Worth, String> {
    let over = |series: Series| {
        series
            .into_iter()
            .map(|(t, v)| (t, f(v)))
            .collect::<Series>()
    };
    Ok(match worth {
        Worth::Number(n) => Worth::Number(f(n)),
        Worth::Series(series) => Worth::Series(over(series)),
        Worth::Array(all) => Worth::Array(all.into_iter().map(over).collect()),
    })
}

fn pairwise(a: Worth, b: Worth, f: impl Fn(f64, f64) -> Option<f64>) -> Result<Worth, String> {
    Ok(match (a, b) {
        (Worth::Number(x), Worth::Number(y)) => match f(x, y) {
            Some(n) => Worth::Number(n),
            None => Worth::Series(Series::new()),
        },
        (Worth::Series(xs), Worth::Number(y)) => Worth::Series(
            xs.into_iter()
                .filter_map(|(t, x)| Some((t, f(x, y)?)))
                .collect(),
        ),
        (Worth::Number(x), Worth::Series(ys)) => Worth::Series(
            ys.into_iter()
                .filter_map(|(t, y)| Some((t, f(x, y)?)))
                .collect(),
        ),
        // A point needs both sides.
        (Worth::Series(xs), Worth::Series(ys)) => Worth::Series(
            xs.into_iter()
                .filter_map(|(t, x)| Some((t, f(x, *ys.get(&t)?)?)))
                .collect(),
        ),
        _ => return Err("arithmetic on an array is not simulated".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eval(text: &str) -> Result<Vec<f64>, String> {
        let known = BTreeMap::from([
            ("errors".to_owned(), Series::from([(60, 5.0)])),
            (
                "requests".to_owned(),
                Series::from([(0, 100.0), (60, 200.0), (120, 0.0)]),
            ),
        ]);
        let span = Span {
            from: 0,
            to: 180,
            period: 60,
        };
        Expression::parse(text)?
            .evaluate(&known, span)
            .map(|s| s.into_values().collect())
    }

    #[test]
    fn a_point_needs_both_sides_unless_the_gap_is_filled() {
        assert_eq!(eval("100 * errors / requests"), Ok(vec![2.5]));
        assert_eq!(eval("FILL(errors, 0) / requests"), Ok(vec![0.0, 0.025]));
        assert_eq!(eval("FILL(errors, REPEAT)"), Ok(vec![5.0, 5.0]));
    }

    #[test]
    fn aggregates_take_arrays_point_by_point() {
        assert_eq!(eval("SUM([errors, requests])"), Ok(vec![100.0, 205.0, 0.0]));
        assert_eq!(eval("MAX(requests)"), Ok(vec![200.0; 3]));
    }

    #[test]
    fn precedence_and_parentheses_are_those_of_arithmetic() {
        assert_eq!(
            eval("-(1 + 2) * 3 - 4 / 2 + 0 * requests"),
            Ok(vec![-11.0; 3])
        );
        assert_eq!(eval("IF(requests > 150, 1, 0)"), Ok(vec![0.0, 1.0, 0.0]));
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        for text in [
            "",
            "1 +",
            "requests requests",
            "(1",
            "UNKNOWN(1)",
            "FILL(errors)",
            "absent + 1",
            &"(".repeat(5000),
        ] {
            assert!(eval(text).is_err(), "{text}");
        }
    }
}
