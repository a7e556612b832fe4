//! A recording played again: alike where nothing was touched, and otherwise exactly what was.

use std::{fs, process::Command};

use serde_json::{Value, json};
use sixshift_tests::binary;

use super::here::Here;

/// What `sim --compare` prints for a recording, and its exit code.
fn compared(here: &Here, recording: &Value) -> (Option<i32>, String) {
    let (code, said, _) = played(here, recording);
    (code, said)
}

/// Its exit code, what it prints, and what it complains of.
fn played(here: &Here, recording: &Value) -> (Option<i32>, String, String) {
    let file = here.file("compared.json");
    fs::write(&file, recording.to_string()).unwrap();
    let said = Command::new(binary().expect("the binary is built"))
        .args(["sim", "--compare"])
        .arg(file)
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (said.status.code(), text(&said.stdout), text(&said.stderr))
}

/// The recording of a trial against the region is what the region answers; and one that was tampered with differs in that.
pub(crate) fn as_it_was_recorded(here: &Here) {
    let text = fs::read_to_string(here.file("trial.json")).unwrap();
    let recording: Value = serde_json::from_str(&text).unwrap();
    let calls = recording["calls"].as_array().unwrap();
    assert!(calls.len() > 500);
    let (code, said) = compared(here, &recording);
    assert_eq!(code, Some(0), "{said}");
    let is_denied = |call: &&Value| {
        call["error"]
            .as_str()
            .is_some_and(|e| e.starts_with("AccessDenied"))
    };
    let denied = calls.iter().filter(is_denied).count();
    assert!(denied < 10, "{denied}");
    let told = calls.len() - denied;
    let all = format!("{told} of {told} calls were answered");
    assert!(said.contains(&all), "{said}");
    assert!(!said.contains("could not be asked"), "{said}");

    let at = |operation: &str| {
        let is_it = |call: &Value| call["operation"] == operation && call["status"] == 200;
        calls.iter().position(is_it).unwrap()
    };
    let (made, group) = (at("CreateCluster"), at("CreateTargetGroup"));
    let mut other = recording.clone();
    other["calls"][made]["status"] = 400.into();
    other["calls"][made]["error"] = "ClientException".into();
    expect(
        here,
        &other,
        &[
            "ecs CreateCluster: answered 400 in the recording and 200 here",
            "ecs CreateCluster: the error is ClientException in the recording and none here",
        ],
    );

    let mut other = recording.clone();
    let last = other["calls"].as_array_mut().unwrap().last_mut().unwrap();
    let members = last.as_object_mut().unwrap();
    members.retain(|name, _| !["status", "error", "answer"].contains(&name.as_str()));
    let (code, said) = compared(here, &other);
    assert_eq!(code, Some(0), "{said}");
    let (rest, untold) = (told - 1, denied + 1);
    assert!(
        said.contains(&format!("{rest} of {rest} calls were answered")),
        "{said}"
    );
    assert!(
        said.contains(&format!("{untold} more had no answer")),
        "{said}"
    );

    // A shape is shared by all calls that had it: the altered one gets its own.
    let answer = usize::try_from(calls[group]["answer"].as_u64().unwrap()).unwrap();
    let mut other = recording.clone();
    let mut shape = other["shapes"][answer].clone();
    let result = &mut shape["CreateTargetGroupResult"]["TargetGroups"][0];
    let members = result.as_object_mut().unwrap();
    members.remove("Matcher");
    members.insert("Newer".to_owned(), "text".into());
    members.insert("Port".to_owned(), json!({ "Deep": "text" }));
    let shapes = other["shapes"].as_array_mut().unwrap();
    shapes.push(shape);
    let last = shapes.len() - 1;
    other["calls"][group]["answer"] = last.into();
    let place = "elasticloadbalancing CreateTargetGroup CreateTargetGroupResult.TargetGroups";
    expect(
        here,
        &other,
        &[
            &format!("{place}.Matcher is here and not in the recording"),
            &format!("{place}.Newer is in the recording and not here"),
            &format!("{place}.Port is a structure in the recording and a text here"),
        ],
    );
}

/// Exactly these lines tell of a difference.
fn expect(here: &Here, recording: &Value, differences: &[&str]) {
    let (code, said) = compared(here, recording);
    assert_eq!(code, Some(3), "{said}");
    let told: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("  call "))
        .collect();
    assert_eq!(told.len(), differences.len(), "{said}");
    for difference in differences {
        assert!(said.contains(difference), "{difference}: {said}");
    }
}

#[test]
fn what_is_no_recording_is_refused() {
    let here = Here::at(1.0);
    let (code, _) = compared(&here, &json!({ "kind": "Settings" }));
    assert_eq!(code, Some(1));
}

#[test]
fn what_no_trial_recorded_is_refused_and_not_played_for_ever() {
    let here = Here::at(1.0);
    let call = json!({
        "at": "2027-01-15T08:00:00Z", "took": 1, "service": "ecs", "operation": "ListClusters", "protocol": "json",
        "request": {}, "status": 200, "answer": 0,
    });
    let recording = json!({
        "apiVersion": "sixshift/v1", "kind": "TrialRecording", "version": "0.0.9", "region": "eu-central-1",
        "begun": "2027-01-15T08:00:00Z", "ended": "2027-01-15T09:00:00Z", "pace": 4.0, "stages": [],
        "customers": { "asked": 0, "failed": 0, "ipv4": 0, "ipv6": 0 },
        "calls": [call], "shapes": [{ "clusterArns": [] }],
    });
    let (code, said, _) = played(&here, &recording);
    assert_eq!(code, Some(0), "{said}");
    for (place, value, says) in [
        (
            "/apiVersion",
            json!("sixshift/v9"),
            "its apiVersion is sixshift/v9",
        ),
        ("/pace", json!(1e308), "times a second"),
        (
            "/calls/0/at",
            json!("2099-01-01T00:00:00Z"),
            "call 1 was not made in the trial",
        ),
        (
            "/begun",
            json!("-009999-01-02T01:59:59Z"),
            "call 1 was not made in the trial",
        ),
        (
            "/calls/0/answer",
            json!(7),
            "the answer to call 1 is not in it",
        ),
    ] {
        let mut other = recording.clone();
        *other.pointer_mut(place).unwrap() = value;
        let (code, _, complains) = played(&here, &other);
        assert_eq!(code, Some(1), "{complains}");
        assert!(
            complains.contains(says) && complains.contains("of sixshift 0.0.9"),
            "{complains}"
        );
    }
}
