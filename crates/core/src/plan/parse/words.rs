//! The words that an enum takes, as its own reader tells them when it is given none of them.
//!
//! What must not be here: what is said of a wrong word (`cursor`).

use std::fmt;

use serde::{Deserialize, de, de::value::StrDeserializer};

/// What the reader expected.
#[derive(Debug)]
struct Expected(&'static [&'static str]);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for Expected {}

impl de::Error for Expected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

/// In the order of the variants.
pub(super) fn words<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    match T::deserialize(StrDeserializer::<Expected>::new("")) {
        Err(Expected(words)) => words,
        Ok(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Drift, schema_of};

    #[test]
    fn they_are_those_of_the_schema() {
        let schema = schema_of::<Drift>();
        let of_schema = crate::plan::schema::words_of(&schema);
        assert_eq!(words::<Drift>(), of_schema);
        assert_eq!(words::<Drift>(), ["hold", "correct"]);
    }
}
