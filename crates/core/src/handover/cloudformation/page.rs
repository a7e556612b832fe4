//! The template's text, with what to do with it in its head.
//!
//! What belongs here: words for whoever takes over. What must not: a resource.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Value, json};

use crate::{
    handover::{Estate, RouteActions},
    letters::{one_line, plain},
    yaml,
};

pub(super) fn text(
    estate: &Estate,
    template: &Value,
    references: &BTreeMap<String, String>,
    lacks: &[String],
) -> String {
    let mut page = String::new();
    let plan = one_line(&estate.plan);
    say(
        &mut page,
        &format!(
            "What sixshift made for {plan}, for your infrastructure code.\n\
             Written from what AWS has at this moment: write it again before you use it, if it is not of today.\n\n\
             1. Import it into a stack of its own, with this file as it is; or into one that there is, with what is below `Resources`\n   \
             put into its deployed template and nothing else changed. A resource is in one stack at most. A file of more than\n   \
             51,200 bytes goes over S3 (--template-url).\n     \
             sixshift handover {plan} -o cloudformation-import > import.json\n     \
             aws cloudformation create-change-set --change-set-type IMPORT --change-set-name take-over --stack-name STACK \\\n       \
             --template-body file://THIS-FILE --resources-to-import file://import.json\n     \
             aws cloudformation execute-change-set --change-set-name take-over --stack-name STACK\n\
             2. In the stack that describes the IPv4 side, give `DeletionPolicy: Retain` to what is gone, and update it: the service\n   \
             {}, its task definition, target groups and scaling, as far as the plan deleted them.\n\
             3. Then take those out of its template, make these read as they do in AWS, and update it once more:",
            one_line(&estate.ipv4.name)
        ),
    );
    estate
        .routes
        .iter()
        .for_each(|route| told(&mut page, route, references));
    say(
        &mut page,
        "4. Delete the migration plan from git. Tags that begin with `sixshift:` are read as long as that plan is there; afterwards\n   \
         they can go, too.",
    );
    if !lacks.is_empty() {
        say(&mut page, "\nNOT IN THIS FILE, though it is in AWS:");
        lacks
            .iter()
            .for_each(|lack| say(&mut page, &format!("- {}", one_line(lack))));
    }
    format!("{page}\n{}", yaml::text(template))
}

/// The forward of a route; its other actions are as they were.
fn told(page: &mut String, route: &RouteActions, references: &BTreeMap<String, String>) {
    let actions = route.actions.as_array().into_iter().flatten();
    let Some(action) = actions.into_iter().find(|a| a["Type"] == "forward") else {
        return;
    };
    let (kind, property) = if route.is_rule {
        ("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions")
    } else {
        ("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions")
    };
    say(
        page,
        &format!(
            "   - {} ({kind}), the forward in its {property}:\n",
            one_line(&route.place)
        ),
    );
    for line in yaml::text(&json!([forward(action)])).lines() {
        say(page, &format!("       {line}"));
    }
    for group in action["ForwardConfig"]["TargetGroups"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let arn = plain(&group["TargetGroupArn"]);
        if let Some(id) = references.get(&arn) {
            say(
                page,
                &format!("     In the stack that imports {id}, write `!Ref {id}` for its ARN."),
            );
        }
    }
}

fn forward(action: &Value) -> Value {
    let config = &action["ForwardConfig"];
    let group = |group: &Value| json!({ "TargetGroupArn": group["TargetGroupArn"], "Weight": number(&group["Weight"]) });
    let groups: Vec<Value> = config["TargetGroups"]
        .as_array()
        .into_iter()
        .flatten()
        .map(group)
        .collect();
    let sticky = &config["TargetGroupStickinessConfig"];
    let is_sticky = sticky["Enabled"] == "true";
    match groups.as_slice() {
        [alone] if !is_sticky => {
            json!({ "Type": "forward", "TargetGroupArn": alone["TargetGroupArn"] })
        }
        [] => json!({ "Type": "forward", "TargetGroupArn": action["TargetGroupArn"] }),
        _ if is_sticky => json!({ "Type": "forward", "ForwardConfig": {
            "TargetGroups": groups,
            "TargetGroupStickinessConfig": { "Enabled": true, "DurationSeconds": number(&sticky["DurationSeconds"]) },
        }}),
        _ => json!({ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }),
    }
}

fn number(value: &Value) -> Value {
    serde_json::from_str(&plain(value)).unwrap_or_default()
}

fn say(page: &mut String, text: &str) {
    for line in text.lines() {
        let _ = match line {
            "" => writeln!(page, "#"),
            line => writeln!(page, "# {line}"),
        };
    }
}
