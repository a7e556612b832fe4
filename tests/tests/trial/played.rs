//! A recording played again: alike where nothing was touched, and otherwise exactly what was.

use std::{fs, process::Command};

use serde_json::Value;
use sixshift_tests::binary;

use super::here::Here;

/// What `sim --compare` says of a recording, and its exit code.
fn compared(here: &Here, recording: &Value) -> (Option<i32>, String) {
    let file = here.file("compared.json");
    fs::write(&file, recording.to_string()).unwrap();
    let said = Command::new(binary().expect("the binary is built"))
        .args(["sim", "--compare"])
        .arg(file)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    (said.status.code(), text)
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
    members.insert("Port".to_owned(), serde_json::json!({ "Deep": "text" }));
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
    let (code, _) = compared(&here, &serde_json::json!({ "kind": "Settings" }));
    assert_eq!(code, Some(1));
}
