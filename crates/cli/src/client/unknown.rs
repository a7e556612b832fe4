//! A plan that nobody knows: what was probably meant.

use sixshift_core::plan::closest;

use super::{connection::Connection, error::Error, list};

/// The plan that a path of the API is about.
pub(super) fn plan_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/api/v1/plans/")?;
    rest.split(['/', '?'])
        .next()
        .filter(|name| !name.is_empty())
}

/// Why there is no such plan, where it is one of these that there is not; otherwise as it was.
pub(super) fn explained(connection: &Connection, names: &[&str], error: Error) -> Error {
    if !error.is_not_found() {
        return error;
    }
    let Ok(plans) = list::plans(connection) else {
        return error;
    };
    let there = |name: &str| plans.iter().any(|plan| plan.name == name);
    match names.iter().find(|name| !there(name)) {
        Some(name) => Error::NoPlan {
            name: (*name).to_owned(),
            like: closest(name, plans.iter().map(|plan| plan.name.as_str())).map(str::to_owned),
        },
        None => error,
    }
}
