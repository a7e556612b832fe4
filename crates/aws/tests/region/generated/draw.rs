//! Documents drawn at random from what AWS's models allow, and grown as far as the region takes them.
//!
//! What belongs here: the dice, the drawing of one value, the growing of a document, the places that one has. What must
//! not: anything about one operation ([`super::words`]).

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};
use sixshift_sim::{
    contract::{self, Limits, Member, Shape},
    services::Service,
};

/// How often what the region refuses is drawn again.
const TRIES: usize = 4;

/// A seed's numbers, the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        // Neighbours would be the same numbers, a step later.
        Self(Self(seed).next())
    }

    /// Other dice, by what these say next.
    pub(super) fn other(&mut self) -> Self {
        Self::new(self.next())
    }

    fn next(&mut self) -> u64 {
        // Steele, Lea, Flood: SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }

    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(usize::try_from(most - least + 1).unwrap())).unwrap()
    }

    fn is_lucky(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Lower-case letters.
    pub(super) fn name(&mut self, letters: usize) -> String {
        let letter = |dice: &mut Self| char::from(b'a' + u8::try_from(dice.below(26)).unwrap());
        (0..letters).map(|_| letter(self)).collect()
    }

    fn shuffled<'a, T>(&mut self, of: &'a [T]) -> Vec<&'a T> {
        let mut left: Vec<&T> = of.iter().collect();
        let mut all = Vec::new();
        while !left.is_empty() {
            all.push(left.swap_remove(self.below(left.len())));
        }
        all
    }
}

/// What a value is beyond its model, so that AWS takes it.
#[derive(Clone, Copy)]
pub(super) enum Word {
    /// One of these texts.
    One(&'static [&'static str]),
    /// A whole number.
    Number(i64, i64),
    /// A true, or a false.
    Just(bool),
    /// This, and a name.
    Begins(&'static str),
    /// One of the texts that the document has at a place.
    At(&'static str),
    /// Of a structure these members too, which AWS demands and the model does not.
    Needs(&'static [&'static str]),
    /// Of a structure one of these members.
    Either(&'static [&'static str]),
}

/// Values by their place in a document: `volumes[].name`.
pub(super) type Words = &'static [(&'static str, Word)];

/// A document that grows.
pub(super) struct Growing<'a> {
    pub(super) service: Service,
    pub(super) words: Words,
    /// Places that stay empty.
    pub(super) never: &'a [&'static str],
    /// The one member that grows, where not all do.
    pub(super) only: Option<&'static str>,
    pub(super) dice: Dice,
    pub(super) document: Json,
    /// Whether the region takes a document.
    pub(super) takes: Box<dyn FnMut(&Json) -> bool + 'a>,
}

/// A place in a document, as a pointer to it and as a place in its shape.
#[derive(Clone, Default)]
struct Place {
    pointer: String,
    path: String,
}

impl Place {
    fn member(&self, name: &str) -> Self {
        Self {
            pointer: format!("{}/{name}", self.pointer),
            path: below(&self.path, name),
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            pointer: format!("{}/{index}", self.pointer),
            path: format!("{}[]", self.path),
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

impl Growing<'_> {
    /// What came of it. Twice, since what is refused for want of another member may be taken after that one.
    pub(super) fn grown(mut self, root: &str) -> Json {
        for _ in 0..2 {
            self.fill(&Place::default(), root);
        }
        self.document
    }

    fn fill(&mut self, at: &Place, shape: &str) {
        match contract::shape(self.service, shape) {
            Shape::Structure { members, union } => {
                for member in self.dice.shuffled(members) {
                    self.member(at, member, *union);
                }
            }
            Shape::List { of, sizes, .. } => self.items(at, of, *sizes),
            _ => {}
        }
    }

    fn member(&mut self, at: &Place, member: &Member, union: bool) {
        let place = at.member(member.input);
        let is_other = self
            .only
            .is_some_and(|only| at.path.is_empty() && member.input != only);
        if is_other || self.never.contains(&place.path.as_str()) {
            return;
        }
        let here = self.document.pointer(&place.pointer);
        if here.is_none() {
            let alone = union && self.members(at).is_some_and(|m| !m.is_empty());
            if alone || !self.dice.is_lucky(70) {
                return;
            }
            let found = (0..TRIES).find_map(|_| {
                let value = self.draw(&place.path, member.shape)?;
                let mut whole = self.document.clone();
                let parent = whole.pointer_mut(&at.pointer)?.as_object_mut()?;
                parent.insert(member.input.to_owned(), value);
                (self.takes)(&whole).then_some(whole)
            });
            let Some(found) = found else { return };
            self.document = found;
        }
        self.fill(&place, member.shape);
    }

    fn members(&self, at: &Place) -> Option<&Map<String, Json>> {
        self.document.pointer(&at.pointer)?.as_object()
    }

    fn items(&mut self, at: &Place, of: &str, sizes: Limits) {
        let count = |g: &Self| g.document.pointer(&at.pointer).map_or(0, length);
        let full = |n: usize| sizes.most.is_some_and(|m| i64::try_from(n).unwrap() >= m);
        if !full(count(self)) && self.dice.is_lucky(40) {
            let mut whole = self.document.clone();
            let item = self.draw(&at.item(0).path, of);
            let list = whole.pointer_mut(&at.pointer).and_then(Json::as_array_mut);
            if let (Some(list), Some(item)) = (list, item) {
                list.push(item);
                if (self.takes)(&whole) {
                    self.document = whole;
                }
            }
        }
        for index in 0..count(self) {
            self.fill(&at.item(index), of);
        }
    }

    /// A value with what it cannot be without.
    fn draw(&mut self, path: &str, name: &str) -> Option<Json> {
        let word = self.words.iter().find(|(at, _)| *at == path);
        let needed: Vec<&str> = match word {
            Some((_, Word::Needs(all))) => all.to_vec(),
            Some((_, Word::Either(one))) => self.dice.pick(one).copied().into_iter().collect(),
            Some((_, word)) => return self.word(*word),
            None => Vec::new(),
        };
        Some(match contract::shape(self.service, name) {
            Shape::Structure { members, union } => {
                let mut drawn = Map::new();
                let there = |m: &&Member| m.required || *union || needed.contains(&m.input);
                for member in members.iter().filter(there) {
                    let value = self.draw(&below(path, member.input), member.shape)?;
                    drawn.insert(member.input.to_owned(), value);
                }
                Json::Object(drawn)
            }
            Shape::List { of, .. } => json!([self.draw(&format!("{path}[]"), of)?]),
            Shape::Map { .. } => json!({ self.dice.name(5): self.dice.name(5) }),
            Shape::Text { lengths, .. } => {
                let least = lengths.least.unwrap_or(1).max(1);
                let most = lengths.most.unwrap_or(12).min(12);
                let letters = self.dice.between(least, most.max(least));
                json!(self.dice.name(usize::try_from(letters).unwrap()))
            }
            Shape::OneOf(values) => json!(self.dice.pick(values)?),
            Shape::Integer { range, .. } | Shape::Number { range } => {
                json!(
                    self.dice
                        .between(range.least.unwrap_or(1), range.most.unwrap_or(100))
                )
            }
            Shape::Boolean => json!(self.dice.is_lucky(50)),
            Shape::Anything => json!({ self.dice.name(5): self.dice.name(5) }),
            Shape::Moment | Shape::Blob { .. } => return None,
        })
    }

    fn word(&mut self, word: Word) -> Option<Json> {
        Some(match word {
            Word::One(of) => json!(self.dice.pick(of)?),
            Word::Number(least, most) => json!(self.dice.between(least, most)),
            Word::Just(is) => json!(is),
            Word::Begins(with) => json!(format!("{with}{}", self.dice.name(8))),
            Word::At(path) => json!(self.dice.pick(&texts(&self.document, path))?),
            Word::Needs(_) | Word::Either(_) => return None,
        })
    }
}

fn length(list: &Json) -> usize {
    list.as_array().map_or(0, Vec::len)
}

/// The texts at a place.
fn texts(document: &Json, path: &str) -> Vec<String> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = match first.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (first, false),
    };
    let value = &document[name];
    let all = if is_list {
        value.as_array().cloned().unwrap_or_default()
    } else {
        vec![value.clone()]
    };
    if rest.is_empty() {
        return all
            .iter()
            .filter_map(|v| Some(v.as_str()?.to_owned()))
            .collect();
    }
    all.iter().flat_map(|v| texts(v, rest)).collect()
}

/// Every place that a shape has.
pub(super) fn places(service: Service, root: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    walk(service, root, "", None, &mut |path, _, _| {
        all.insert(path.to_owned());
    });
    all
}

/// The places of a shape that a document fills.
pub(super) fn filled(service: Service, root: &str, document: &Json) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    walk(
        service,
        root,
        "",
        Some((document, "")),
        &mut |path, _, _| {
            all.insert(path.to_owned());
        },
    );
    all
}

/// The structures in a document: where each is, and the name of its shape.
pub(super) fn structures(
    service: Service,
    root: &'static str,
    document: &Json,
) -> Vec<(String, &'static str)> {
    let mut all = vec![(String::new(), root)];
    walk(
        service,
        root,
        "",
        Some((document, "")),
        &mut |_, pointer, shape| {
            if matches!(
                contract::shape(service, shape),
                Shape::Structure { union: false, .. }
            ) {
                all.push((pointer.to_owned(), shape));
            }
        },
    );
    all
}

/// Each member, and each item of a list, below a shape; with a document only those that it has.
fn walk(
    service: Service,
    shape: &str,
    path: &str,
    held: Option<(&Json, &str)>,
    found: &mut impl FnMut(&str, &str, &'static str),
) {
    match contract::shape(service, shape) {
        Shape::Structure { members, .. } => {
            for member in members {
                let place = below(path, member.input);
                let pointer = held.map(|(_, at)| format!("{at}/{}", member.input));
                let inner = held.map(|(value, _)| value.get(member.input));
                if inner == Some(None) {
                    continue;
                }
                found(&place, pointer.as_deref().unwrap_or_default(), member.shape);
                let inner = inner.flatten().zip(pointer.as_deref());
                walk(service, member.shape, &place, inner, found);
            }
        }
        Shape::List { of, .. } => {
            let place = format!("{path}[]");
            let Some((list, at)) = held else {
                return walk(service, of, &place, None, found);
            };
            for (index, item) in list.as_array().into_iter().flatten().enumerate() {
                let pointer = format!("{at}/{index}");
                found(&place, &pointer, of);
                walk(service, of, &place, Some((item, &pointer)), found);
            }
        }
        _ => {}
    }
}
