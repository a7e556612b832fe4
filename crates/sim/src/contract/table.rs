//! The table of AWS's models, read once: operations and shapes, a map of them a service.
//!
//! What must not be here: how a document is held against it. The lines' spelling is told in `contract/make.py`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;
use std::sync::LazyLock;

use crate::services::Service;

/// The table as the build packs it: that is a fifth of it.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/aws.txt.gz"));

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    // What the build packed is whole, so there is nothing to fail.
    let _ = flate2::read::GzDecoder::new(PACKED).read_to_string(&mut text);
    text
});
static TABLE: LazyLock<HashMap<&'static str, Shapes>> = LazyLock::new(|| parse(&TEXT));
static NOTHING: LazyLock<Shapes> = LazyLock::new(Shapes::default);

/// A service's operations and shapes.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    operations: BTreeMap<&'static str, Operation>,
    shapes: HashMap<&'static str, Shape>,
    maps: Vec<&'static str>,
    items: Vec<(&'static str, &'static str)>,
    #[cfg(test)]
    answers: BTreeSet<&'static str>,
}

/// The names of an operation's two shapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) input: Option<&'static str>,
    pub(super) output: Option<&'static str>,
}

/// A bound below and one above, where there are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// The least that is allowed.
    pub least: Option<i64>,
    /// The most that is allowed.
    pub most: Option<i64>,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each kind tells of its own fields")]
pub enum Shape {
    /// Named members; of a union one at most.
    Structure { members: Vec<Member>, union: bool },
    /// Values of one shape, and what a form and XML call each, where that is no common word.
    List {
        of: &'static str,
        item: Option<&'static str>,
        sizes: Limits,
    },
    /// Values of one shape under keys of another.
    Map {
        key: &'static str,
        value: &'static str,
        sizes: Limits,
    },
    /// Text of a length, and of a pattern.
    Text {
        lengths: Limits,
        pattern: Option<&'static str>,
    },
    /// One of these texts.
    OneOf(Vec<&'static str>),
    /// An integer, of 32 bits or 64.
    Integer { range: Limits, long: bool },
    /// Any number.
    Number { range: Limits },
    /// True or false.
    Boolean,
    /// A point in time.
    Moment,
    /// Bytes.
    Blob { lengths: Limits },
    /// Any document.
    Anything,
}

/// A member of a structure, with its name on the way in and on the way out: EC2 has two.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name in a request.
    pub input: &'static str,
    /// Its name in an answer.
    pub output: &'static str,
    /// Whether it has to be there.
    pub required: bool,
    /// The name of its shape, or the letter of a kind that nothing limits.
    pub shape: &'static str,
}

/// A service's part of the table.
pub(super) fn of(service: Service) -> &'static Shapes {
    TABLE.get(service.model()).unwrap_or(&NOTHING)
}

impl Shapes {
    pub(super) fn operation(&self, name: &str) -> Option<Operation> {
        self.operations.get(name).copied()
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &'static str> {
        self.operations.keys().copied()
    }

    /// A shape by its name, or by the letter of a kind that nothing limits.
    pub(super) fn shape(&self, name: &str) -> &Shape {
        self.shapes
            .get(name)
            .or_else(|| PLAIN.get(name))
            .unwrap_or(&Shape::Anything)
    }

    pub(super) fn maps(&self) -> &[&'static str] {
        &self.maps
    }

    pub(super) fn items(&self) -> &[(&'static str, &'static str)] {
        &self.items
    }

    /// The names of the members of answers that are maps, and of lists with a word for their items.
    fn find_maps(&mut self) {
        let mut left: Vec<&str> = self.operations.values().filter_map(|o| o.output).collect();
        let (mut seen, mut maps, mut items) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        while let Some(name) = left.pop() {
            if !seen.insert(name) {
                continue;
            }
            match self.shape(name) {
                Shape::Structure { members, .. } => {
                    let is_map = |m: &&Member| matches!(self.shape(m.shape), Shape::Map { .. });
                    maps.extend(members.iter().filter(is_map).map(|m| m.output));
                    items.extend(members.iter().filter_map(|m| match self.shape(m.shape) {
                        Shape::List { item, .. } => Some((m.output, (*item)?)),
                        _ => None,
                    }));
                    left.extend(members.iter().map(|m| m.shape));
                }
                Shape::List { of, .. } => left.push(of),
                Shape::Map { value, .. } => left.push(value),
                _ => {}
            }
        }
        self.maps = maps.into_iter().collect();
        self.items = items.into_iter().collect();
        #[cfg(test)]
        {
            self.answers = seen;
        }
    }

    /// The shapes that answers have.
    #[cfg(test)]
    pub(super) fn answers(&self) -> impl Iterator<Item = (&'static str, &Shape)> {
        self.answers.iter().map(|name| (*name, self.shape(name)))
    }

    #[cfg(test)]
    pub(super) fn each(&self) -> impl Iterator<Item = (&'static str, &Shape)> {
        self.shapes.iter().map(|(name, shape)| (*name, shape))
    }
}

static PLAIN: LazyLock<HashMap<&'static str, Shape>> = LazyLock::new(|| {
    ["s", "i", "l", "d", "f", "b", "t", "x"]
        .into_iter()
        .filter_map(|letter| Some((letter, scalar(letter, "")?)))
        .collect()
});

fn parse(text: &'static str) -> HashMap<&'static str, Shapes> {
    let mut table = HashMap::new();
    let mut service = "";
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let Some((head, rest)) = line.split_once(' ') else {
            continue;
        };
        if head == "@" {
            service = rest.split(' ').next().unwrap_or_default();
        }
        let shapes: &mut Shapes = table.entry(service).or_default();
        match head {
            "@" => {}
            ">" => {
                if let Some((name, operation)) = operation(rest) {
                    shapes.operations.insert(name, operation);
                }
            }
            name => {
                if let Some(shape) = shape(rest) {
                    shapes.shapes.insert(name, shape);
                }
            }
        }
    }
    table.values_mut().for_each(Shapes::find_maps);
    table
}

fn operation(line: &'static str) -> Option<(&'static str, Operation)> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let mut end = || words.next().filter(|shape| *shape != "-");
    let (input, output) = (end(), end());
    Some((name, Operation { input, output }))
}

fn shape(line: &'static str) -> Option<Shape> {
    if let Some(members) = between(line.strip_prefix('|').unwrap_or(line), '{', '}') {
        return Some(Shape::Structure {
            members: members.0.split_whitespace().filter_map(member).collect(),
            union: line.starts_with('|'),
        });
    }
    if let Some((of, rest)) = between(line, '[', ']') {
        let (item, of) = match of.split_once('=') {
            Some((item, of)) => (Some(item), of),
            None => (None, of),
        };
        let sizes = limits(rest);
        return Some(Shape::List { of, item, sizes });
    }
    if let Some((pair, rest)) = between(line, '<', '>') {
        let (key, value) = pair.split_once(',')?;
        let sizes = limits(rest);
        return Some(Shape::Map { key, value, sizes });
    }
    if line == "*" {
        return Some(Shape::Anything);
    }
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    scalar(kind, rest)
}

fn scalar(kind: &str, rest: &'static str) -> Option<Shape> {
    let (range, pattern) = match rest.split_once('/') {
        Some((before, after)) => (limits(before), after.strip_suffix('/')),
        None => (limits(rest), None),
    };
    Some(match kind {
        "s" => Shape::Text {
            lengths: range,
            pattern,
        },
        "e" => Shape::OneOf(rest.split('|').collect()),
        "i" | "l" => Shape::Integer {
            range,
            long: kind == "l",
        },
        "d" | "f" => Shape::Number { range },
        "b" => Shape::Boolean,
        "t" => Shape::Moment,
        "x" => Shape::Blob { lengths: range },
        _ => return None,
    })
}

fn member(word: &'static str) -> Option<Member> {
    let (names, shape) = word.split_once(':')?;
    let required = names.contains('!');
    let (input, output) = match names.split_once('/') {
        Some((input, output)) => (input, output.trim_end_matches('!')),
        None => {
            let name = names.trim_end_matches('!');
            (name, name)
        }
    };
    Some(Member {
        input,
        output,
        required,
        shape,
    })
}

/// What stands between an opening and its closing, and what comes after.
fn between(line: &'static str, open: char, close: char) -> Option<(&'static str, &'static str)> {
    line.strip_prefix(open)?.rsplit_once(close)
}

fn limits(text: &str) -> Limits {
    let Some((least, most)) = text.trim().split_once("..") else {
        return Limits::default();
    };
    Limits {
        least: least.parse().ok(),
        most: most.parse().ok(),
    }
}
