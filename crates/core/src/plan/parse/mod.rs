//! From plan files to plans, with every mistake of every document at once.
//!
//! [`lines`] and [`tree`] know YAML, [`cursor`] knows types, the other files know the plan: one for each part of it.

mod check;
mod cursor;
mod families;
mod gate;
mod health;
mod in_place;
mod lines;
mod logs;
mod meant;
mod metrics;
mod names;
mod preflight;
mod retire;
mod set;
mod shift;
mod sink;
mod spec;
mod suggest;
mod tasks;
mod tree;
mod warm;
mod watched;
mod words;

use std::path::Path;

pub use check::{check, mistake_at};
pub(super) use health::default_client_errors;
pub(super) use in_place::default_proof;
pub(super) use names::{ask_for_consumers, steps as names_steps};
pub(super) use retire::default as default_retire;
pub use set::parse_set;
pub(crate) use shift::USUAL;
pub(super) use shift::{default_bake, usual_steps};
pub use spec::{is_region, is_role_arn};
pub use suggest::closest;
pub(super) use warm::default_expected;

use self::{
    cursor::{At, quoted},
    sink::Sink,
    tree::Span,
};
use super::{
    diagnostic::{Diagnostic, Diagnostics},
    identity,
    model::{Origin, Plan},
};

/// A file of plans is not larger than this.
pub const MOST_BYTES: usize = 1024 * 1024;
const API_VERSION: &str = "sixshift/v1";
const KIND: &str = "MigrationPlan";

/// The plans of one file.
///
/// # Errors
///
/// Every mistake in every document of the file.
pub fn parse(file: &Path, text: &str) -> Result<Vec<Plan>, Diagnostics> {
    let (plans, diagnostics) = parse_set(&[(file.to_owned(), text.to_owned())]);
    if diagnostics.is_empty() {
        Ok(plans)
    } else {
        Err(diagnostics)
    }
}

/// A plan, and where it says what must be unique.
struct Written {
    plan: Plan,
    name_at: Diagnostic,
    service_at: Diagnostic,
}

/// The sound plans of one file, whatever else is in it, and the mistakes of the others.
fn parse_file(file: &Path, text: &str) -> (Vec<Written>, Diagnostics) {
    let mut sink = Sink::new(file, text);
    if text.len() > MOST_BYTES {
        let span = Span {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 2,
        };
        let message = format!("the file has more than {MOST_BYTES} bytes");
        sink.report(span, "", message, "split it into several files".to_owned());
        return (Vec::new(), sink.finish());
    }
    let (documents, faults) = tree::documents(sink.lines());
    faults.into_iter().for_each(|fault| sink.fault(fault));
    let mut written = Vec::new();
    for document in documents {
        let Some(root) = &document.root else { continue };
        let root = At::root(root);
        if !is_ours(&root) {
            continue;
        }
        let before = sink.count();
        sink.begin_plan(
            root.peek("metadata")
                .and_then(|m| m.peek("name")?.peek_text().map(str::to_owned)),
        );
        document
            .faults
            .into_iter()
            .for_each(|fault| sink.fault(fault));
        if let Some(plan) = read_document(&root, &mut sink)
            && sink.count() == before
        {
            written.push(plan);
        }
        sink.begin_plan(None);
    }
    (written, sink.finish())
}

/// Other programs' documents may lie in the same folder; ours are known by what they say or seem to want to say.
fn is_ours(root: &At) -> bool {
    let kind_is_ours = root
        .peek("kind")
        .is_some_and(|kind| kind.peek_text().and_then(|k| closest(k, [KIND])).is_some());
    match root.peek("apiVersion") {
        Some(version) => {
            kind_is_ours
                || version
                    .peek_text()
                    .is_some_and(|v| v.to_lowercase().starts_with("sixshift"))
        }
        None => kind_is_ours || root.has_value_starting("sixshift/"),
    }
}

fn read_document(root: &At, sink: &mut Sink<'_>) -> Option<Written> {
    let mut fields = root.fields(sink, "apiVersion: sixshift/v1")?;
    let version = fields.required(sink, "apiVersion", API_VERSION);
    let kind = fields.required(sink, "kind", KIND);
    let headed = exactly(version.as_ref(), API_VERSION, sink) & exactly(kind.as_ref(), KIND, sink);
    let metadata = fields.required(sink, "metadata", "{ name: checkout }");
    let spec = fields.required(sink, "spec", "{ service: …, ipv6: …, shift: …, health: … }");
    if !headed && kind.is_some_and(|kind| kind.peek_text() != Some(KIND)) {
        // Of an unknown kind we cannot know the fields.
        return None;
    }
    fields.close(sink);
    let metadata = metadata.and_then(|at| spec::metadata(&at, sink));
    let spec = spec.and_then(|at| spec::spec(&at, sink));
    let (metadata, spec) = (metadata?, spec?);
    let plan = Plan {
        uid: identity::uid(&spec.service, &metadata.name),
        name: metadata.name,
        labels: metadata.labels,
        revision: identity::no_revision(),
        origin: Origin {
            file: sink.file().to_owned(),
            line: u32::try_from(root.handle.line).unwrap_or(u32::MAX),
        },
        paused: spec.paused,
        service: spec.service,
        ipv6: spec.ipv6,
        shift: spec.shift,
        health: spec.health,
        probe: spec.probe,
        retire: spec.retire,
        drift: spec.drift,
        preflight: spec.preflight,
    };
    let plan = Plan {
        revision: identity::revision(&plan),
        ..plan
    };
    let blank = |span, path| sink.diagnostic(span, path, String::new(), String::new());
    Some(Written {
        name_at: blank(metadata.name_at, "metadata.name"),
        service_at: blank(spec.service_at, "spec.service"),
        plan,
    })
}

/// Whether the head of a document says what it must.
fn exactly(at: Option<&At>, wanted: &str, sink: &mut Sink<'_>) -> bool {
    let Some(at) = at else { return false };
    match at.text(sink, wanted) {
        Some(text) if text == wanted => true,
        Some(text) => {
            at.report(
                sink,
                format!("{} is not known here", quoted(text)),
                at.write(wanted),
            );
            false
        }
        None => false,
    }
}
