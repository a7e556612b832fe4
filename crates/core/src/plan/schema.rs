//! The JSON Schema of a plan, from the types of [`super::source`].

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::source::Document;

/// JSON Schema 2020-12 of a plan document: editors complete and check plans with it.
#[must_use]
pub fn schema() -> Value {
    schema_of::<Document>()
}

/// JSON Schema 2020-12 of anything that people write, as editors take it best.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    tidy(&mut schema);
    schema
}

/// The words that a schema allows; none where it is not a choice of words.
pub(super) fn words_of(schema: &Value) -> Vec<String> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    let described =
        schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|one| match &one["enum"] {
                Value::Array(words) => words.iter().collect(),
                _ => vec![&one["const"]],
            });
    listed
        .chain(described)
        .chain([&schema["const"]])
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

/// A field that may be left out is not a field that may be null, and a description is not broken where its comment is.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(said)) = map.get_mut("description") {
                *said = said.replace('\n', " ");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    merge(map, only);
                }
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// What the field says of itself wins over what its type says.
fn merge(field: &mut Map<String, Value>, of_type: Map<String, Value>) {
    for (key, value) in of_type {
        field.entry(key).or_insert(value);
    }
}
