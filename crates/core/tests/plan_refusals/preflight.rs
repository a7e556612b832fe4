//! What waivers and the edits of one container are refused for.

use super::complains;

fn waive(waivers: &str) -> String {
    format!("drift: hold\n  preflight: {{ waive: {waivers} }}")
}

#[test]
fn waivers() {
    let complains = |waivers: &str, path: &str, words: &str| {
        complains("drift: hold", &waive(waivers), path, words);
    };
    let first = "spec.preflight.waive[0]";
    complains("one-zone", "spec.preflight.waive", "a list belongs here");
    complains(
        "[{ finding: one-zone }]",
        &format!("{first}.reason"),
        "reason is missing",
    );
    complains(
        "[{ reason: so }]",
        &format!("{first}.finding"),
        "finding is missing",
    );
    for reason in ["\"\"", "\"  \""] {
        let waiver = format!("[{{ finding: one-zone, reason: {reason} }}]");
        complains(&waiver, &format!("{first}.reason"), "needs its reason");
    }
    let long = format!("[{{ finding: one-zone, reason: {} }}]", "a".repeat(501));
    complains(&long, &format!("{first}.reason"), "500 are the most");
    let finding = format!("{first}.finding");
    complains(
        "[{ finding: onezone, reason: so }]",
        &finding,
        "write finding: one-zone",
    );
    complains(
        "[{ finding: whatever, reason: so }]",
        &finding,
        "there is no finding \"whatever\"; write one of acl-balancer, acl-balancer-out, ",
    );
    complains(
        "[{ finding: tags-full, reason: so }]",
        &finding,
        "tags-full cannot be waived: AWS would refuse what follows",
    );
    complains(
        "[{ finding: lattice, reason: so }]",
        &finding,
        "customers would lose their way to the service",
    );
    complains(
        "[{ finding: one-zone, reason: so }, { finding: one-zone, reason: too }]",
        "spec.preflight.waive[1]",
        "waived before",
    );
}

#[test]
fn containers() {
    let complains = |containers: &str, path: &str, words: &str| {
        let path = format!("spec.ipv6.taskDefinition.containers{path}");
        let to = format!("env: {{ A: b }}, containers: {containers}");
        complains("env: { A: b }", &to, &path, words);
    };
    complains("[app]", "", "a map belongs here");
    complains("{ app: { env: { A: 1 } } }", ".app.env.A", "write A: \"1\"");
    complains(
        "{ app: { image: x } }",
        ".app.image",
        "the keys here are env",
    );
    complains(
        "{ a.b: { env: { A: b } } }",
        "[\"a.b\"]",
        "no name of a container",
    );
    let many: Vec<String> = (0..11)
        .map(|i| format!("c{i}: {{ env: {{ A: b }} }}"))
        .collect();
    let many = format!("{{ {} }}", many.join(", "));
    complains(&many, "", "10 are the most");
}
