//! The region's controls: every one that a page has in its table is asked, with the body that stands there where it is whole.

use std::fs;

use serde_json::Value;
use sixshift_tests::{checkout, control};

use crate::terminal::Terminal;

/// A method, a path and a body.
type Control = (String, String, Option<String>);

/// The controls in a page's tables: `` `POST /_sim/share` | `{"share": 0.5}` ``.
fn controls(page: &str) -> Vec<Control> {
    let text = fs::read_to_string(checkout().join(page)).expect("a page is text");
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains(" /_sim/"));
    rows.flat_map(|row| {
        let literals: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let (method, path) = literals[0].split_once(' ').expect("a method and a path");
        let body = literals.iter().skip(1).find_map(|literal| whole(literal));
        [(method.to_owned(), path.to_owned(), body)]
    })
    .collect()
}

/// A body that can be sent as it stands.
fn whole(literal: &str) -> Option<String> {
    // `POST {"rate": 60}` in the row of a GET is another call, which the guide makes itself.
    let json = serde_json::from_str::<Value>(literal).ok()?;
    json.is_object().then(|| literal.to_owned())
}

/// Asks each; none is unknown to the region, and what is whole is taken.
pub(crate) fn ask_all(page: &str, terminal: &mut Terminal) {
    let all = controls(page);
    assert!(all.len() > 5, "{page} has a table of controls: {all:?}");
    for (method, path, body) in all {
        let sent = body.as_deref().unwrap_or("{}");
        let said = terminal.does(format!(
            "curl --silent --output /dev/null --write-out '%{{http_code}}' --request {method} --data '{sent}' http://127.0.0.1:4566{path}"
        ));
        let is_taken = said.out == "200" || body.is_none() && method == "POST" && said.out == "400";
        assert!(
            is_taken,
            "{page}: {method} {path} {sent} is answered with {}",
            said.out
        );
    }
    terminal.does("curl --silent --request DELETE http://127.0.0.1:4566/_sim/faults");
}

/// So many virtual seconds pass in a second of the region.
pub(crate) fn rate(rate: u32) {
    let body = format!("{{\"rate\": {rate}}}");
    control("http://127.0.0.1:4566", "POST", "clock", &body).expect("the region answers");
}
