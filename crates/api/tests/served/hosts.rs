//! By which names the daemon may be asked.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use super::served::{Served, open};

/// The status of an answer to a request whose head is as written.
fn status(served: &Served, version: &str, head: &str) -> u16 {
    let mut socket = TcpStream::connect(served.address).unwrap();
    let request = format!("GET /api/v1/fleet HTTP/{version}\r\n{head}connection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
    status.unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn a_name_that_was_made_to_lead_here_is_not_answered() {
    let served = open();
    let asked = |host: &str| status(&served, "1.1", &format!("host: {host}\r\n"));
    for ours in [
        "localhost",
        "localhost:8686",
        "127.0.0.1:1",
        "[::1]:8686",
        "Tools.Example.com",
    ] {
        assert_eq!(asked(ours), 200, "{ours}");
    }
    for foreign in ["evil.example", "localhost.evil.example:8686", "192.0.2.1"] {
        assert_eq!(asked(foreign), 421, "{foreign}");
    }
}

#[test]
fn one_header_host_is_needed_and_a_second_one_is_refused() {
    let served = open();
    let asked = |head: &str| status(&served, "1.1", head);
    assert_eq!(asked("host: localhost\r\nhost: evil.example\r\n"), 400);
    assert_eq!(asked("host: localhost\r\nhost: localhost\r\n"), 400);
    assert_eq!(asked(""), 400);
    assert_eq!(asked("host: user@localhost\r\n"), 400);
    assert_eq!(status(&served, "1.0", ""), 200);
}

#[test]
fn a_refusal_is_a_problem_of_rfc_9457() {
    let answer = open().get("/api/v1/plans?phase=Shifting");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], "Bad Request");
    assert_eq!(problem["status"], 400);
    assert_eq!(problem["detail"], "\"Shifting\" is no phase");
}

#[test]
fn a_filter_that_there_is_not_is_refused_on_every_face() {
    let served = open();
    for path in [
        "/api/v1/plans?health=Sick",
        "/api/v1/plans?helth=Bad",
        "/api/v1/events?form=1",
        "/api/v1/stream?plans=checkout",
        "/?phase=Shifting",
        "/?helth=Bad",
        "/events?befor=7",
    ] {
        assert_eq!(served.get(path).status, 400, "{path}");
    }
    for path in [
        "/api/v1/plans?health=bad&phase=Shift",
        "/?health=Bad&phase=",
        "/events?before=7",
    ] {
        assert_eq!(served.get(path).status, 200, "{path}");
    }
}

#[test]
fn who_reads_pages_is_told_on_a_page_that_there_is_none() {
    let served = open();
    let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/nowhere", "/plans/nowhere", "/plans/nowhere/events"] {
        let page = served.ask("GET", path, &html, "");
        assert_eq!(page.status, 404, "{path}");
        assert!(
            page.headers["content-type"].starts_with("text/html"),
            "{page:?}"
        );
        assert!(page.body.contains("To the fleet"), "{page:?}");
    }
    let program = served.ask("GET", "/api/v1/nowhere", &html, "");
    assert_eq!(program.headers["content-type"], "application/problem+json");
}
