//! From the text of an expression to its tree, by precedence.

use super::{Function, Node, Operator};

/// Deeper expressions than anybody writes; keeps recursion bounded.
const DEEPEST: usize = 50;

/// Operators from the loosest to the tightest; longer spellings first within a level.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("||", Operator::Or), ("OR ", Operator::Or)],
    &[("&&", Operator::And), ("AND ", Operator::And)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
    &[("^", Operator::Power)],
];

pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader {
        rest: text.trim_start(),
        depth: 0,
    };
    let node = reader.level(0)?;
    if reader.rest.is_empty() {
        Ok(node)
    } else {
        Err(format!("'{}' is not expected", reader.rest))
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn level(&mut self, level: usize) -> Result<Node, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.signed();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = operators
            .iter()
            .find(|(text, _)| self.take(text))
            .map(|(_, o)| *o)
        {
            let right = self.level(level + 1)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node, String> {
        if self.take("-") {
            return self
                .deeper(|r| r.signed())
                .map(|n| Node::Negative(Box::new(n)));
        }
        self.deeper(Self::single)
    }

    fn deeper(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Node, String>,
    ) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the expression is nested too deeply".to_owned());
        }
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn single(&mut self) -> Result<Node, String> {
        if self.take("(") {
            let node = self.level(0)?;
            return self.expect(")").map(|()| node);
        }
        if self.take("[") {
            return self.list("]").map(Node::Array);
        }
        let word = self.word();
        match word.chars().next() {
            Some(c) if c.is_ascii_digit() || c == '.' => word
                .parse()
                .map(Node::Number)
                .map_err(|_| format!("'{word}' is not a number")),
            Some(_) if self.take("(") => {
                let function = function(&word)?;
                self.list(")")
                    .map(|arguments| Node::Call(function, arguments))
            }
            Some(_) => Ok(Node::Name(word)),
            None if self.rest.is_empty() => Err("the expression ends too early".to_owned()),
            None => Err(format!("'{}' is not expected", self.rest)),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        if self.take(end) {
            return Ok(nodes);
        }
        loop {
            nodes.push(self.level(0)?);
            if !self.take(",") {
                return self.expect(end).map(|()| nodes);
            }
        }
    }

    fn word(&mut self) -> String {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word.to_owned()
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.take(text) {
            Ok(())
        } else {
            Err(format!("'{text}' is missing"))
        }
    }
}

fn function(name: &str) -> Result<Function, String> {
    Ok(match name {
        "FILL" => Function::Fill,
        "IF" => Function::If,
        "SUM" => Function::Sum,
        "AVG" => Function::Avg,
        "MIN" => Function::Min,
        "MAX" => Function::Max,
        "ABS" => Function::Abs,
        "CEIL" => Function::Ceil,
        "FLOOR" => Function::Floor,
        "PERIOD" => Function::Period,
        _ => return Err(format!("the function {name} is not simulated")),
    })
}
