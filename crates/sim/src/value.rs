//! The protocol-neutral document that every codec reads into and writes from.
//!
//! What belongs here: the value itself and lenient typed access (query protocols carry every scalar as text).
//! What must not: anything about a protocol or a service.

use jiff::Timestamp;

use crate::services::AwsError;

/// A request or response document, independent of its wire protocol. Maps keep insertion order, so answers are stable.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Absent or explicit null; codecs leave it out.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// Any integer.
    Int(i64),
    /// Any floating-point number.
    Float(f64),
    /// Text; the only scalar that query protocols send.
    Str(String),
    /// A point in time; each protocol has its own spelling.
    Time(Timestamp),
    /// Bytes.
    Blob(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A structure or map.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A structure from its fields; `Null` fields are dropped.
    pub fn map<K: Into<String>>(fields: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(
            fields
                .into_iter()
                .filter(|(_, v)| *v != Self::Null)
                .map(|(k, v)| (k.into(), v))
                .collect(),
        )
    }

    /// A list of anything that converts.
    pub fn list<V: Into<Value>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// The field of a structure; `Null` where there is none.
    pub fn get(&self, key: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        match self {
            Self::Map(fields) => fields
                .iter()
                .find(|(k, _)| k == key)
                .map_or(NULL, |(_, v)| v),
            _ => NULL,
        }
    }

    /// Sets or replaces a field of a structure (a `Null` becomes a structure).
    pub fn set(&mut self, key: &str, value: Value) {
        if !matches!(self, Self::Map(_)) {
            *self = Self::Map(Vec::new());
        }
        if let Self::Map(fields) = self {
            match fields.iter_mut().find(|(k, _)| k == key) {
                Some((_, v)) => *v = value,
                None => fields.push((key.to_owned(), value)),
            }
        }
    }

    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, where it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// An integer, also from text.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(i) => Some(*i),
            Self::Float(f) => Some(*f as i64),
            Self::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// A number, also from text.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::Float(f) => Some(*f),
            Self::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// A boolean, also from text.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            Self::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// A moment, also from ISO 8601 text or epoch seconds.
    pub fn as_time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(t) => Some(*t),
            Self::Int(i) => Timestamp::from_second(*i).ok(),
            Self::Float(f) => Timestamp::from_millisecond((f * 1000.0).round() as i64).ok(),
            Self::Str(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The texts in a list; other items are left out.
    pub fn strings(&self) -> Vec<String> {
        self.items()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// The fields of a structure; empty for anything else.
    pub fn fields(&self) -> &[(String, Value)] {
        match self {
            Self::Map(fields) => fields,
            _ => &[],
        }
    }

    /// A required text field.
    ///
    /// # Errors
    /// AWS's own refusal (`ValidationError`) when it is missing or not text.
    pub fn require_str(&self, key: &str) -> Result<&str, AwsError> {
        self.get(key)
            .as_str()
            .ok_or_else(|| AwsError::validation(format!("{key} is required")))
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Str(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Str(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Bool(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}
impl From<usize> for Value {
    fn from(v: usize) -> Self {
        Self::Int(v as i64)
    }
}
impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Self::Float(v)
    }
}
impl From<Timestamp> for Value {
    fn from(v: Timestamp) -> Self {
        Self::Time(v)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}
