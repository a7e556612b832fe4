//! Composite alarms: alarms over the states of other alarms.
//!
//! What must not be here: metrics. A composite alarm knows only states.

use jiff::Timestamp;

use super::{AlarmState, Alarms};

/// Rules may name each other; a circle is looked at this often and no more.
const DEEPEST: usize = 10;

/// A composite alarm.
#[derive(Clone, Debug)]
pub struct Composite {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Whether its actions run.
    pub actions_enabled: bool,
    /// The actions for each state: OK, ALARM, INSUFFICIENT_DATA.
    pub actions: [Vec<String>; 3],
    /// The rule as given.
    pub text: String,
    /// The rule.
    pub rule: Expression,
    /// The alarm that suppresses its actions, with the seconds that they wait and are held longer.
    pub suppressor: Option<(String, i64, i64)>,
    /// Its state.
    pub state: AlarmState,
    /// Why, in a sentence.
    pub reason: String,
    /// When the rule was last put.
    pub configured: Timestamp,
    /// When the state was last set, changed or not.
    pub updated: Timestamp,
    /// When the state last changed.
    pub changed: Timestamp,
}

/// A rule over states.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `TRUE` or `FALSE`.
    Always(bool),
    /// `ALARM(name)` and the like.
    Is(AlarmState, String),
    /// `NOT x`.
    Not(Box<Self>),
    /// `x AND y`.
    And(Box<Self>, Box<Self>),
    /// `x OR y`.
    Or(Box<Self>, Box<Self>),
}

impl Expression {
    /// Reads AWS's spelling: `ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            text,
            rest: text.trim_start(),
        };
        let expression = reader.any()?;
        match reader.rest {
            "" => Ok(expression),
            left => Err(reader.unexpected(left)),
        }
    }

    /// The alarms that it names, by name; an ARN ends with it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Always(_) => Vec::new(),
            Self::Is(_, name) => vec![name],
            Self::Not(inner) => inner.names(),
            Self::And(a, b) | Self::Or(a, b) => {
                let mut names = a.names();
                names.extend(b.names());
                names
            }
        }
    }

    fn holds(&self, state: &dyn Fn(&str) -> Option<AlarmState>) -> bool {
        match self {
            Self::Always(value) => *value,
            Self::Is(wanted, name) => state(name) == Some(*wanted),
            Self::Not(inner) => !inner.holds(state),
            Self::And(a, b) => a.holds(state) && b.holds(state),
            Self::Or(a, b) => a.holds(state) || b.holds(state),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn any(&mut self) -> Result<Expression, String> {
        let mut left = self.all()?;
        while self.word("OR") {
            left = Expression::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Expression, String> {
        let mut left = self.one()?;
        while self.word("AND") {
            left = Expression::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Expression, String> {
        if self.word("NOT") {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.mark('(') {
            let inner = self.any()?;
            return self.closed().map(|()| inner);
        }
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Ok(Expression::Always(value));
            }
        }
        for state in [
            AlarmState::InsufficientData,
            AlarmState::Alarm,
            AlarmState::Ok,
        ] {
            if self.word(state.name()) {
                if !self.mark('(') {
                    return Err(self.unexpected(self.rest));
                }
                let name = self.name()?;
                return self.closed().map(|()| Expression::Is(state, name));
            }
        }
        Err(self.unexpected(self.rest))
    }

    fn name(&mut self) -> Result<String, String> {
        let quoted = self.rest.strip_prefix('"');
        let (text, end) = match quoted {
            Some(text) => (text, text.find('"')),
            None => (self.rest, self.rest.find(')')),
        };
        let end = end.ok_or_else(|| self.unexpected(self.rest))?;
        let name = text.get(..end).unwrap_or_default().trim();
        let skipped = if quoted.is_some() { end + 1 } else { end };
        self.rest = text.get(skipped..).unwrap_or_default().trim_start();
        if name.is_empty() {
            return Err(self.unexpected(self.rest));
        }
        // `arn:aws:cloudwatch:region:account:alarm:name`
        let name = match name.strip_prefix("arn:") {
            Some(rest) => rest.splitn(6, ':').last().unwrap_or(rest),
            None => name,
        };
        Ok(name.to_owned())
    }

    fn closed(&mut self) -> Result<(), String> {
        if self.mark(')') {
            Ok(())
        } else {
            Err(self.unexpected(self.rest))
        }
    }

    fn mark(&mut self, mark: char) -> bool {
        let found = self.rest.strip_prefix(mark);
        if let Some(rest) = found {
            self.rest = rest.trim_start();
        }
        found.is_some()
    }

    fn word(&mut self, word: &str) -> bool {
        let ends = |rest: &&str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let found = self.rest.strip_prefix(word).filter(ends);
        if let Some(rest) = found {
            self.rest = rest.trim_start();
        }
        found.is_some()
    }

    fn unexpected(&self, at: &str) -> String {
        let place = self.text.len() - at.len() + 1;
        format!("AlarmRule is not valid at character {place}")
    }
}

impl Alarms {
    /// Creates a composite alarm or changes its rule; its state stays.
    pub fn put_composite(&mut self, mut alarm: Composite) {
        if let Some(before) = self.composites.get(&alarm.name) {
            alarm.state = before.state;
            alarm.reason.clone_from(&before.reason);
            alarm.updated = before.updated;
            alarm.changed = before.changed;
        }
        let now = alarm.configured;
        self.composites.insert(alarm.name.clone(), alarm);
        self.judge_composites(now);
    }

    /// A composite alarm by name.
    pub fn composite(&self, name: &str) -> Option<&Composite> {
        self.composites.get(name)
    }

    /// A composite alarm by name, to change it.
    pub fn composite_mut(&mut self, name: &str) -> Option<&mut Composite> {
        self.composites.get_mut(name)
    }

    /// Every composite alarm, by name.
    pub fn all_composites(&self) -> impl Iterator<Item = &Composite> {
        self.composites.values()
    }

    /// The state of an alarm of either kind.
    pub fn state_of(&self, name: &str) -> Option<AlarmState> {
        let simple = self.alarms.get(name).map(|a| a.state);
        simple.or_else(|| self.composites.get(name).map(|c| c.state))
    }

    /// Lets composite alarms follow the alarms that they name.
    pub(super) fn judge_composites(&mut self, now: Timestamp) {
        for _ in 0..DEEPEST {
            let changed: Vec<_> = self
                .composites
                .values()
                .filter_map(|c| {
                    let state = if c.rule.holds(&|name| self.state_of(name)) {
                        AlarmState::Alarm
                    } else {
                        AlarmState::Ok
                    };
                    (state != c.state).then(|| (c.name.clone(), state))
                })
                .collect();
            if changed.is_empty() {
                return;
            }
            for (name, state) in changed {
                let reason = format!("AlarmRule was evaluated to {}", state == AlarmState::Alarm);
                if let Some(alarm) = self.composites.get_mut(&name) {
                    alarm.enter(state, reason, now);
                }
            }
        }
    }
}

impl Composite {
    /// Sets its state.
    pub(super) fn enter(&mut self, state: AlarmState, reason: String, now: Timestamp) {
        if state != self.state {
            self.changed = now;
        }
        self.state = state;
        self.reason = reason;
        self.updated = now;
    }
}
