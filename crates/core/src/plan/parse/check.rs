//! A document of another kind than a plan, held against the JSON Schema of its kind: every mistake at once, as plans have it.
//!
//! What belongs here: what this project's schemas use of JSON Schema. What must not: which settings there are. Whoever reads
//! the document has the last word; this says where all the places are at which it would stop.

use std::path::Path;

use serde_json::Value;

use super::{
    super::{
        diagnostic::{Diagnostic, Diagnostics},
        schema::words_of,
        spelling::DURATION_PATTERN,
    },
    cursor::At,
    sink::Sink,
    tree,
};

/// Everything in a file's first document that its schema does not know.
#[must_use]
pub fn check(file: &Path, text: &str, schema: &Value) -> Diagnostics {
    let mut sink = Sink::new(file, text);
    let (documents, faults) = tree::documents(sink.lines());
    faults.into_iter().for_each(|fault| sink.fault(fault));
    if let Some(document) = documents.into_iter().next() {
        document
            .faults
            .into_iter()
            .for_each(|fault| sink.fault(fault));
        if let Some(root) = &document.root {
            Held { whole: schema }.value(&At::root(root), schema, &mut sink);
        }
    }
    sink.finish()
}

/// A mistake that only its reader knows, at a path such as `hosts[1]`, or as near to it as the file comes.
#[must_use]
pub fn mistake_at(
    file: &Path,
    text: &str,
    path: &str,
    message: String,
    remedy: String,
) -> Diagnostic {
    let sink = Sink::new(file, text);
    let (documents, _) = tree::documents(sink.lines());
    let root = documents.into_iter().find_map(|document| document.root);
    match root.map(|root| At::root(&root).nearest(path)) {
        Some(at) => sink.diagnostic(at.span(), path, message, remedy),
        None => Diagnostic::of_file(file.to_owned(), message, remedy),
    }
}

struct Held<'s> {
    whole: &'s Value,
}

impl<'s> Held<'s> {
    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let pointer = schema["$ref"].as_str().and_then(|r| r.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.whole.pointer(pointer))
            .unwrap_or(schema)
    }

    fn value(&self, at: &At, schema: &'s Value, sink: &mut Sink<'_>) {
        let example = self.example(schema);
        let schema = self.resolved(schema);
        let words = words_of(schema);
        if !words.is_empty() {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            at.word_of(sink, &words, |text| words.contains(&text).then_some(()));
            return;
        }
        match schema["type"].as_str() {
            Some("object") => self.map(at, schema, &example, sink),
            Some("array") => {
                for item in at.list(sink, "[…]").into_iter().flatten() {
                    self.value(&item, &schema["items"], sink);
                }
            }
            Some("string") if schema["pattern"] == DURATION_PATTERN => {
                at.duration(sink, &example);
            }
            // A number without quotes is read as text there.
            Some("string") if at.peek_text().is_none() => {
                at.text(sink, &example);
            }
            Some("integer") => {
                at.whole(sink, &example);
            }
            Some("boolean") => {
                at.flag(sink);
            }
            _ => {}
        }
    }

    fn map(&self, at: &At, schema: &'s Value, example: &str, sink: &mut Sink<'_>) {
        let Some(mut fields) = at.fields(sink, example) else {
            return;
        };
        if at.peek("<<").is_some() {
            // What is merged into it is known to the reader alone.
            return;
        }
        let known = schema["properties"].as_object();
        let (count, before) = (fields.left(), sink.count());
        for (key, of_key) in known.into_iter().flatten() {
            let is_required = schema["required"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == key));
            let found = if is_required {
                fields.required(sink, key, &self.example(of_key))
            } else {
                // Nothing is as good as left out.
                fields.optional(key).filter(|at| !at.is_nothing())
            };
            if let Some(found) = found {
                self.value(&found, of_key, sink);
            }
        }
        fields.close(sink);
        let is_one_of = schema["minProperties"] == 1 && schema["maxProperties"] == 1;
        if is_one_of && count != 1 && sink.count() == before {
            let names: Vec<&str> = known.into_iter().flatten().map(|(k, _)| &**k).collect();
            at.report(
                sink,
                format!("exactly one of {} belongs here", names.join(" and ")),
                "write one of them",
            );
        }
    }

    /// What could be written there.
    fn example(&self, schema: &'s Value) -> String {
        let of_type = self.resolved(schema);
        if let Some(word) = words_of(of_type).into_iter().next() {
            return word;
        }
        match &schema["default"] {
            Value::String(text) if !text.is_empty() => return text.clone(),
            number @ Value::Number(_) => return number.to_string(),
            _ => {}
        }
        let mut inside = of_type["required"].as_array().into_iter().flatten();
        match (of_type["type"].as_str(), inside.next()) {
            (Some("object"), Some(Value::String(key))) => format!("{{ {key}: … }}"),
            (Some("object"), _) => "{ … }".to_owned(),
            _ => "…".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> Vec<String> {
        let schema = json!({
            "type": "object",
            "properties": {
                "kind": { "$ref": "#/$defs/Kind" },
                "poll": { "type": "string", "pattern": DURATION_PATTERN, "default": "10s" },
                "many": { "type": "integer", "default": 7 },
                "names": { "type": "array", "items": { "type": "string" } },
                "source": { "$ref": "#/$defs/Source" },
            },
            "required": ["kind"],
            "$defs": {
                "Kind": { "enum": ["Settings"] },
                "Source": {
                    "type": "object", "minProperties": 1, "maxProperties": 1,
                    "properties": { "git": { "type": "string" }, "dir": { "type": "string" } },
                },
            },
        });
        check(Path::new("s.yaml"), text, &schema)
            .iter()
            .map(|d| {
                format!(
                    "{}:{} {}: {}; {}",
                    d.line, d.column, d.path, d.message, d.remedy
                )
            })
            .collect()
    }

    #[test]
    fn every_mistake_is_told_in_the_order_of_the_file() {
        assert_eq!(
            told("poll: 10\nmany: lots\nnames: [a, {}]\nnamse: []\nkind: Setings\n"),
            [
                "1:7 poll: a duration belongs here, not \"10\"; write poll: 10s",
                "2:7 many: a whole number belongs here, not the text \"lots\"; write many: 7",
                "3:12 names[1]: text belongs here, not a map; write …",
                "4:1 namse: there is no key \"namse\" here; write names",
                "5:7 kind: \"Setings\" is none of the words that belong here; write kind: Settings (one of Settings)",
            ]
        );
    }

    #[test]
    fn one_of_two_is_neither_both_nor_none() {
        for text in [
            "kind: Settings\nsource: { git: a, dir: b }",
            "kind: Settings\nsource: {}",
        ] {
            let told = told(text);
            assert!(
                told.len() == 1 && told[0].contains("exactly one of git and dir belongs here"),
                "{told:?}"
            );
        }
    }

    #[test]
    fn what_is_right_missing_or_merged_is_no_mistake() {
        for text in [
            "kind: Settings",
            "kind: Settings\nnames: [8080]\nsource:\npoll: 1m30s\n",
            "<<: { kind: Settings }\nkind: Settings\n",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
        assert_eq!(
            told("many: 3"),
            ["1:1 kind: kind is missing; add it, such as kind: Settings"]
        );
    }

    #[test]
    fn a_readers_own_mistake_stands_at_its_path() {
        let at = |path: &str| {
            let told = mistake_at(
                Path::new("s.yaml"),
                "names: [a]\nsource:\n  git: x\n",
                path,
                "m".to_owned(),
                "r".to_owned(),
            );
            (told.line, told.column)
        };
        assert_eq!(at("names[0]"), (1, 9));
        assert_eq!(at("source.git"), (3, 8));
        assert_eq!(at("source.dir"), (3, 3));
        assert_eq!(at("names[4]"), (1, 8));
    }
}
