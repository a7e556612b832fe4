//! What is called how in the original and in its copy.
//!
//! What belongs here: translation in both directions. What must not: any call.

use serde_json::Value;

/// Ids, ARNs and what follows from them, original and copy.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pairs: Vec<(String, String)>,
}

impl Names {
    /// Takes note of a thing's two names.
    pub(super) fn add(&mut self, original: &str, copy: &str) {
        if original.is_empty() || copy.is_empty() {
            return;
        }
        self.pairs.push((original.to_owned(), copy.to_owned()));
    }

    /// The same of an ARN, and of what metrics make of it.
    pub(super) fn add_arn(&mut self, original: &str, copy: &str) {
        let dimension = sixshift_core::names::metric_dimension;
        self.add(original, copy);
        self.add(dimension(original), dimension(copy));
    }

    /// Whether the original's name is known.
    pub(super) fn knows(&self, original: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == original)
    }

    /// A text of the original as the copy has it.
    #[must_use]
    pub fn to_copy(&self, text: &str) -> String {
        let pairs = self.pairs.iter();
        translated(
            text,
            pairs.map(|(original, copy)| (original.as_str(), copy.as_str())),
        )
    }

    /// A text of the copy in the original's names.
    #[must_use]
    pub fn to_original(&self, text: &str) -> String {
        let pairs = self.pairs.iter();
        translated(
            text,
            pairs.map(|(original, copy)| (copy.as_str(), original.as_str())),
        )
    }

    /// A document of the copy in the original's names.
    #[must_use]
    pub fn told(&self, copy: &Value) -> Value {
        each_text(copy, &|text| self.to_original(text))
    }

    /// A document of the original as the copy has it.
    pub(super) fn document(&self, original: &Value) -> Value {
        each_text(original, &|text| self.to_copy(text))
    }
}

fn each_text(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(items) => items.iter().map(|item| each_text(item, change)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            let changed = members.map(|(k, v)| (k.clone(), each_text(v, change)));
            Value::Object(changed.collect())
        }
        other => other.clone(),
    }
}

/// Each name that stands in a text replaced, the longest where several do; what was put in place is not looked at again.
fn translated<'a>(text: &str, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let (mut done, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(letter) = rest.chars().next() {
        let here = pairs.clone().filter(|(from, _)| begins(rest, from));
        match here.max_by_key(|(from, _)| from.len()) {
            Some((from, to)) => {
                done.push_str(to);
                rest = rest.get(from.len()..).unwrap_or_default();
            }
            None => {
                done.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    done
}

/// Whether a text begins with a whole name.
fn begins(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_within_another_name_is_translated_with_it() {
        let mut names = Names::default();
        names.add("sg-1", "sg-a");
        names.add("sg-12", "sg-b");
        names.add("sg-b", "sg-1");
        names.add_arn("arn:x:targetgroup/web/1", "arn:x:targetgroup/web/2");
        assert_eq!(names.to_copy("sg-12 and sg-1"), "sg-b and sg-a");
        let label = json!({ "ResourceLabel": "app/a/1/targetgroup/web/1" });
        assert_eq!(
            names.document(&label)["ResourceLabel"],
            "app/a/1/targetgroup/web/2"
        );
        assert_eq!(names.to_original("no way to sg-b"), "no way to sg-12");
    }
}
