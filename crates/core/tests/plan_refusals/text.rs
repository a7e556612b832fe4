//! What keys, syntax and size are refused for.

use sixshift_core::plan::MOST_BYTES;

use super::{SOUND, complains, refused};

#[test]
fn keys() {
    complains("drift: hold", "dirft: hold", "spec.dirft", "write drift");
    complains(
        "drift: hold",
        "colour: red",
        "spec.colour",
        "the keys here are paused, service, ipv6, shift",
    );
    complains(
        "drift: hold",
        "drift: hold\n  drift: hold",
        "spec.drift",
        "stands here twice",
    );
    complains("drift: hold", "? [a]\n  : b", "spec", "a key must be text");
    complains(
        "drift: hold",
        "<<: { drift: hold }",
        "spec[\"<<\"]",
        "merge keys are not read",
    );
    complains(
        "cluster: prod",
        "cluster: prod, cluster: prod",
        "spec.service.cluster",
        "twice",
    );
    complains(
        "spec:\n",
        "status: 1\nspec:\n",
        "status",
        "the keys here are apiVersion",
    );
}

#[test]
fn syntax() {
    complains("drift: hold", "drift: !!str hold", "", "tags are not read");
    complains(
        "drift: hold",
        "drift: *nowhere",
        "",
        "nothing before is anchored as &nowhere; write the value out",
    );
    let broken = refused(&SOUND.replace("drift: hold", "drift: \"hold"));
    assert!(broken.to_string().contains("this is not YAML"), "{broken}");
    let tab = refused(&SOUND.replace("  drift: hold", "\tdrift: hold"));
    assert!(
        tab.to_string().contains("write spaces instead of the tab"),
        "{tab}"
    );
}

#[test]
fn sizes() {
    let large = format!("{SOUND}#{}", "x".repeat(MOST_BYTES));
    assert!(
        refused(&large)
            .to_string()
            .contains("split it into several files")
    );
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        bomb.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
    }
    let diagnostics = refused(&format!("{bomb}{SOUND}"));
    assert!(
        diagnostics
            .to_string()
            .contains("aliases blow this document up"),
        "{diagnostics}"
    );
    let itself = refused(&SOUND.replace("steps:\n", "steps: &s\n      - *s\n"));
    assert!(
        itself.to_string().contains("this alias contains itself"),
        "{itself}"
    );
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let diagnostics = refused(&SOUND.replace("drift: hold", &format!("drift: {deep}")));
    assert!(
        diagnostics.to_string().contains("nested deeper than"),
        "{diagnostics}"
    );
    let many = refused(&format!(
        "{SOUND}{}",
        (0..5_000).map(|i| format!("k{i}: 1\n")).collect::<String>()
    ));
    assert_eq!((many.count(), many.left_out()), (5_000, 4_800));
    assert!(many.to_string().ends_with("… and 4800 more"));
}
