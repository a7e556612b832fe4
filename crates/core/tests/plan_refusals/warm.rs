//! What requests of our own before customers are refused for.

use std::path::Path;

use sixshift_core::plan::parse;

use super::{SOUND, complains};

fn probe(probe: &str) -> String {
    format!("drift: hold\n  warm: {{ probe: {probe} }}")
}

#[test]
fn a_probe_is_read_whole_and_written_back_the_same() {
    let written = probe(
        "{ http: { path: \"/orders?limit=1\", method: HEAD, host: shop.example.com, headers: { Accept: text/html } }, \
         expect: { status: 204, latency: 300ms }, times: 3 }",
    );
    let text = SOUND.replace("drift: hold", &written);
    let plan = parse(Path::new("a.yaml"), &text).unwrap().remove(0);
    let probe = plan.probe.clone().unwrap();
    assert_eq!(probe.http.to_string(), "HEAD /orders");
    assert_eq!(probe.http.headers["accept"], "text/html");
    assert_eq!(probe.expect.status, (204, 204));
    assert_eq!(probe.times, 3);
    let document = sixshift_core::plan::source::Document::from(&plan);
    let again = serde_json::to_string(&document).unwrap();
    let again = parse(Path::new("a.yaml"), &again).unwrap().remove(0);
    assert_eq!(again.probe, plan.probe);
    assert_eq!(again.revision, plan.revision);
}

#[test]
fn ways_to_ask_that_are_not_built() {
    let complains = |written: &str, path: &str, words: &str| {
        complains("drift: hold", &probe(written), path, words);
    };
    for way in ["grpc", "tcp"] {
        let written = format!("{{ http: {{ path: / }}, {way}: {{ port: 8080 }} }}");
        let path = format!("spec.warm.probe.{way}");
        complains(&written, &path, "only HTTP and HTTPS requests are sent");
    }
    complains(
        "{ http: { path: / }, through: tasks }",
        "spec.warm.probe.through",
        "the tasks' own addresses are not asked",
    );
}

#[test]
fn requests_and_answers() {
    let complains = |written: &str, path: &str, words: &str| {
        let path = format!("spec.warm.probe.{path}");
        complains("drift: hold", &probe(written), &path, words);
    };
    complains("{ times: 3 }", "http", "http is missing");
    complains(
        "{ http: { host: a.example.com } }",
        "http.path",
        "path is missing",
    );
    for path in ["orders", "\"/a#b\"", "//a"] {
        complains(
            &format!("{{ http: {{ path: {path} }} }}"),
            "http.path",
            "begins with /",
        );
    }
    complains("{ http: { path: /, method: POST } }", "http.method", "GET");
    complains(
        "{ http: { path: /, host: \"a.example.com:80\" } }",
        "http.host",
        "without a port",
    );
    complains("{ http: { path: / }, times: 11 }", "times", "1 to 10");
    complains(
        "{ http: { path: / }, expect: { latency: 6s } }",
        "expect.latency",
        "from 1ms to 5s",
    );
    for status in ["20x", "299-200", "999"] {
        complains(
            &format!("{{ http: {{ path: / }}, expect: {{ status: {status} }} }}"),
            "expect.status",
            "200-299",
        );
    }
    for (header, words) in [
        ("host: a", "a place of its own"),
        ("Authorization: Bearer", "git is no place"),
        ("cookie: a", "git is no place"),
        ("X-Sixshift-Probe: a", "set by itself"),
        ("\"a b\": c", "no name of a header"),
        ("a: \"b\\n\"", "that can be seen"),
    ] {
        let name = header.split(": ").next().unwrap().trim_matches('"');
        complains(
            &format!("{{ http: {{ path: /, headers: {{ {header} }} }} }}"),
            &match name.contains(' ') {
                true => format!("http.headers[\"{name}\"]"),
                false => format!("http.headers.{name}"),
            },
            words,
        );
    }
}

#[test]
fn ways_on_which_nobody_can_be_asked() {
    let steps = "    steps:\n      - { weight: 10%, hold: 10m }\n      - { weight: 50%, hold: 30m, gate: approval }\n      - { weight: 100% }\n";
    let warm = probe("{ http: { path: / } }");
    let text = SOUND
        .replace(steps, &format!("    via: lattice\n{steps}"))
        .replace("drift: hold", &warm);
    super::complains_once(&text, "spec.warm.probe", "VPC Lattice");
}
