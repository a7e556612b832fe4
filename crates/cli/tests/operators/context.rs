//! Daemons by name: which one is asked, with whose token.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Output};

use serde_json::json;

use crate::{
    sample,
    server::{Server, bare, complained, run, said},
};

fn daemon() -> Server {
    let server = Server::start();
    server.answer("GET /api/v1/plans", 200, &json!({ "items": [] }));
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    server
}

fn at(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = bare(arguments);
    command.env("XDG_CONFIG_HOME", home);
    run(command.envs(environment.iter().copied()))
}

fn was_asked(server: &Server) -> usize {
    server.asked().len()
}

#[test]
fn a_named_daemon_is_asked_with_its_own_token() {
    let home = tempfile::tempdir().expect("a folder");
    let (prod, test) = (daemon(), daemon());
    let token = home.path().join("token");
    std::fs::write(&token, "secret-of-prod\n").expect("written");
    let token = token.display().to_string();
    let add = [
        "context",
        "add",
        "prod",
        "--server",
        &prod.url,
        "--token-file",
        &token,
    ];
    let output = at(home.path(), &add, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    at(
        home.path(),
        &["context", "add", "test", "--server", &test.url],
        &[],
    );
    at(home.path(), &["list"], &[]);
    assert_eq!(
        (was_asked(&prod), was_asked(&test)),
        (2, 0),
        "the first is in use"
    );
    assert_eq!(
        prod.asked()[0].headers["authorization"],
        "Bearer secret-of-prod"
    );
    at(
        home.path(),
        &["list", "--context", "test"],
        &[("SIXSHIFT_SERVER", &prod.url), ("SIXSHIFT_TOKEN", "x")],
    );
    assert_eq!(
        (was_asked(&prod), was_asked(&test)),
        (2, 2),
        "a named one counts more than the environment"
    );
    assert_eq!(
        test.asked()[0].headers.get("authorization"),
        None,
        "whose token is another daemon's"
    );
    at(home.path(), &["context", "use", "test"], &[]);
    at(home.path(), &["list"], &[]);
    assert_eq!((was_asked(&prod), was_asked(&test)), (2, 4));
    at(home.path(), &["list"], &[("SIXSHIFT_SERVER", &prod.url)]);
    assert_eq!(
        was_asked(&prod),
        4,
        "the environment counts more than the one in use"
    );
    assert_eq!(prod.asked()[2].headers.get("authorization"), None);
    at(
        home.path(),
        &["--context", "prod", "list", "--server", &test.url],
        &[],
    );
    assert_eq!(was_asked(&test), 6, "an address counts more than a name");
    assert_eq!(
        test.asked()[4].headers.get("authorization"),
        None,
        "and gets no other's token"
    );
}

#[test]
fn the_file_is_its_owners_alone_and_holds_no_token() {
    let home = tempfile::tempdir().expect("a folder");
    let add = [
        "context",
        "add",
        "prod",
        "--server",
        "https://sixshift.example.com/",
    ];
    at(home.path(), &add, &[]);
    let file = home.path().join("sixshift/contexts.yaml");
    let mode = std::fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let listed = said(&at(home.path(), &["context", "list"], &[]));
    assert!(
        listed
            .lines()
            .nth(1)
            .is_some_and(|l| l.starts_with("*  prod  https://sixshift.example.com ")),
        "{listed}"
    );
    let again = at(home.path(), &add, &[]);
    assert!(complained(&again).contains("a context called prod already"));
    let removed = at(home.path(), &["context", "remove", "prod"], &[]);
    assert_eq!(said(&removed), "prod is forgotten\n");
    assert!(complained(&removed).contains("no context is in use now"));
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_way_out() {
    let home = tempfile::tempdir().expect("a folder");
    for (call, code, part) in [
        (
            &["context", "use", "prod"][..],
            1,
            "no context called prod; `sixshift context list`",
        ),
        (&["list", "--context", "prod"], 1, "no context called prod"),
        (
            &["context", "add", "prod", "--server", "sixshift.example.com"],
            1,
            "write http://HOST:PORT",
        ),
        (
            &["context", "add", "my prod", "--server", "http://localhost"],
            64,
            "letters, digits",
        ),
    ] {
        let output = at(home.path(), call, &[]);
        assert_eq!(output.status.code(), Some(code), "{call:?}");
        let why = complained(&output);
        assert!(why.contains(part), "{call:?}: {why}");
    }
    let folder = home.path().join("sixshift");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join("contexts.yaml"), "contexts: 7").expect("written");
    let why = complained(&at(home.path(), &["list"], &[]));
    assert!(why.contains("is no file of contexts; mend it"), "{why}");
}

#[test]
fn the_shell_completes_the_names_of_daemons() {
    let home = tempfile::tempdir().expect("a folder");
    for name in ["prod", "test"] {
        let server = format!("https://{name}.example.com");
        let add = ["context", "add", name, "--server", &server];
        assert_eq!(at(home.path(), &add, &[]).status.code(), Some(0));
    }
    for (words, index) in [
        (&["context", "use", ""][..], "3"),
        (&["list", "--context", ""], "3"),
    ] {
        let line = [&["--", "sixshift"], words].concat();
        let complete = [
            ("SIXSHIFT_COMPLETE", "bash"),
            ("_CLAP_COMPLETE_INDEX", index),
        ];
        let text = said(&at(home.path(), &line, &complete));
        assert!(text.contains("prod") && text.contains("test"), "{text}");
    }
}
