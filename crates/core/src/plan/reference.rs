//! The plan's reference page, from its schema: what editors say and what the page says cannot differ.

use serde_json::Value;

use super::schema::{schema, words_of};

/// `docs/reference/plan.md`, whole.
#[must_use]
pub fn reference_markdown() -> String {
    let schema = schema();
    let mut page = Page {
        schema: &schema,
        text: String::new(),
    };
    page.line("# The plan");
    page.line("");
    page.line("<!-- Written from the schema: `UPDATE=1 cargo test -p sixshift-core --test plan_reference`. -->");
    page.line("");
    page.line(said(&schema));
    page.line("");
    page.line("`sixshift schema` prints the JSON Schema this page is made from; `sixshift lint` checks a file against it");
    page.line("and against everything else that it says here. A file may hold many documents, also other programs'.");
    page.objects("", &schema);
    page.scalars();
    page.text
}

struct Page<'s> {
    schema: &'s Value,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// A table for this object and for every one within it, outer ones first.
    fn objects(&mut self, path: &str, object: &Value) {
        let title = if path.is_empty() {
            "The document".to_owned()
        } else {
            format!("`{path}`")
        };
        self.line(format!("\n## {title}\n"));
        if !path.is_empty() {
            self.line(format!("{}\n", said(object)));
        }
        self.line("| field | type | default | meaning |");
        self.line("|---|---|---|---|");
        let properties = object["properties"].as_object().into_iter().flatten();
        let mut inner = Vec::new();
        for (name, field) in properties {
            let of_type = self.resolve(field).clone();
            let default = self.default(object, name, field);
            let meaning = format!("{}{}", escape(said(field)), examples(field));
            self.line(format!(
                "| `{name}` | {} | {default} | {meaning} |",
                self.kind(field)
            ));
            self.choices(&of_type);
            inner.extend(self.written_out(name, &of_type));
            let items = self.resolve(&of_type["items"]).clone();
            let values = self.resolve(&of_type["additionalProperties"]).clone();
            if values["properties"].is_object() {
                inner.push((format!("{name}.*"), values));
            } else if items["properties"].is_object() {
                inner.push((format!("{name}[]"), items));
            } else if of_type["properties"].is_object() {
                inner.push((name.clone(), of_type));
            }
        }
        for (name, object) in inner {
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}.{name}")
            };
            self.objects(&path, &object);
        }
    }

    /// The words of a choice, in rows of their own under the field.
    fn choices(&mut self, of_type: &Value) {
        let of_items = self.resolve(&of_type["items"]).clone();
        let choices = [of_type, &of_items]
            .into_iter()
            .find_map(|t| t["oneOf"].as_array());
        for choice in choices.into_iter().flatten() {
            let of_map = choice["properties"].as_object();
            let keys = of_map.into_iter().flat_map(|map| map.keys());
            let keys = keys.map(|key| format!("`{key}: …`"));
            let words: Vec<String> = words_of(choice)
                .iter()
                .map(|word| format!("`{word}`"))
                .chain(keys)
                .collect();
            self.line(format!(
                "| | {} | | {} |",
                words.join(", "),
                escape(said(choice))
            ));
        }
    }

    /// The maps among the choices of a field, by their paths.
    fn written_out(&self, name: &str, of_type: &Value) -> Vec<(String, Value)> {
        let choices = of_type["oneOf"].as_array().into_iter().flatten();
        let maps = choices.filter_map(|choice| choice["properties"].as_object());
        let fields = maps.flatten();
        let object = |(key, field): (&String, &Value)| {
            let object = self.resolve(field).clone();
            (format!("{name}.{key}"), object)
        };
        fields.map(object).collect()
    }

    fn scalars(&mut self) {
        self.line("\n## How values are spelled\n");
        self.line("| type | pattern | meaning |");
        self.line("|---|---|---|");
        let schema = self.schema;
        for (name, of_type) in schema["$defs"].as_object().into_iter().flatten() {
            if let Some(pattern) = of_type["pattern"].as_str() {
                self.line(format!(
                    "| {} | `{}` | {} |",
                    lower(name),
                    escape(pattern),
                    escape(said(of_type))
                ));
            }
        }
    }

    fn default(&self, object: &Value, name: &str, field: &Value) -> String {
        let required = object["required"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|r| r == name);
        match &field["default"] {
            _ if required => "required".to_owned(),
            Value::Null => String::new(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{}`", escape(&other.to_string())),
        }
    }

    fn kind(&self, field: &Value) -> String {
        let of_type = self.resolve(field);
        let is_choice = !words_of(of_type).is_empty();
        if let Some(name) = reference(field).filter(|_| of_type["pattern"].is_string()) {
            return lower(name);
        }
        match of_type["type"].as_str() {
            _ if is_choice
                && of_type["oneOf"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one["properties"].is_object())) =>
            {
                "word or map".to_owned()
            }
            _ if is_choice => "word".to_owned(),
            Some("array") => format!("list of {}s", self.kind(&of_type["items"])),
            Some("object") if of_type["additionalProperties"]["type"] == "string" => {
                "map of texts".to_owned()
            }
            Some("object") => "map".to_owned(),
            Some("boolean") => "true or false".to_owned(),
            Some("integer") => "whole number".to_owned(),
            _ => "text".to_owned(),
        }
    }

    /// Where a field only names its type, the type.
    fn resolve<'v>(&'v self, field: &'v Value) -> &'v Value {
        match reference(field) {
            Some(name) => &self.schema["$defs"][name],
            None => field,
        }
    }
}

fn reference(field: &Value) -> Option<&str> {
    field["$ref"]
        .as_str()
        .and_then(|r| r.strip_prefix("#/$defs/"))
}

fn said(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

fn lower(name: &str) -> String {
    name.to_lowercase()
}

fn examples(field: &Value) -> String {
    let examples = field["examples"].as_array().into_iter().flatten();
    let shown: Vec<String> = examples
        .map(|example| match example {
            Value::String(text) => format!("`{text}`"),
            other => format!("`{}`", escape(&other.to_string())),
        })
        .collect();
    if shown.is_empty() {
        String::new()
    } else {
        format!(" Example: {}", shown.join(", "))
    }
}

/// For a cell of a table.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
