//! What a trial made is read again by Terraform with AWS's own provider: imported into code that says what a trial makes, it is all of
//! that and nothing else.

use std::fs;

use serde_json::json;
use sixshift_sim::{
    Value,
    services::{Service, call},
};
use sixshift_tests::{Module, said};

use super::here::Here;

/// The tag of whatever a trial makes.
const TAG: &str = "sixshift-trial";
const EXPIRES: &str = "sixshift-trial-expires";

#[test]
fn terraform_reads_a_trial_as_what_it_is_said_to_make() {
    let here = Here::at(60.0);
    let before = here.inventory();
    let module = Module::new("trial", &here.url, &["trial.tf"]).expect("a temporary folder");
    if let Some(why) = module.why_not() {
        println!("::warning title=Terraform left out::no trial was read by Terraform: {why}");
        return;
    }
    let under = here.start(&["--keep"]);
    under.until("the services answer");
    under.interrupt();
    let (code, told) = under.ended();
    assert_eq!(code, Some(130), "{told}");

    let (imports, told) = imports(&here);
    let count = imports.len();
    fs::write(module.file("imports.tf"), imports.join("\n")).expect("a temporary folder");
    fs::write(module.file("terraform.tfvars.json"), told.to_string()).expect("a temporary folder");
    let formatted = module.run(&["fmt", "-check", "-diff"]).unwrap();
    assert!(formatted.status.success(), "{}", said(&formatted));
    let plan = module.run(&["plan", "-no-color"]).unwrap();
    let expected = format!("Plan: {count} to import, 0 to add, 0 to change, 0 to destroy.");
    assert!(said(&plan).contains(&expected), "{}", said(&plan));

    let cleaned = here.trial(&["--clean", "--yes"]);
    assert!(cleaned.status.success(), "{}", said(&cleaned));
    assert_eq!(here.inventory(), before);
}

/// A region as AWS's API tells of it.
struct Asked<'a>(&'a Here);

impl Asked<'_> {
    /// A list of an answer.
    fn list(&self, service: Service, op: &str, input: &[(&str, &str)], list: &str) -> Vec<Value> {
        let input = Value::map(input.iter().map(|(name, text)| (*name, Value::from(*text))));
        let answer = self
            .0
            .region
            .with_world(|world| call(world, service, op, &input).unwrap());
        answer.get(list).items().to_vec()
    }

    /// What a trial made of EC2's.
    fn tagged(&self, op: &str, list: &str) -> Vec<Value> {
        let mut all = self.list(Service::Ec2, op, &[], list);
        all.retain(|one| tag(one, TAG).is_some());
        all
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).as_str().unwrap().to_owned()
}

fn tag(one: &Value, name: &str) -> Option<String> {
    let mut tags = one.get("tagSet").items().iter();
    let tag = tags.find(|tag| tag.get("key").as_str() == Some(name))?;
    Some(text(tag, "value"))
}

/// A block for each thing that the trial made, and what the code is told.
fn imports(here: &Here) -> (Vec<String>, serde_json::Value) {
    let asked = Asked(here);
    let mut all = Vec::new();
    let mut import = |to: &str, id: &str| {
        all.push(format!("import {{\n  to = {to}\n  id = \"{id}\"\n}}\n"));
    };
    let vpc = asked.tagged("DescribeVpcs", "vpcSet").remove(0);
    let run = tag(&vpc, TAG).unwrap();
    let name = format!("sixshift-trial-{run}");
    import("aws_vpc.trial", &text(&vpc, "vpcId"));
    let mut subnets = asked.tagged("DescribeSubnets", "subnetSet");
    let place = |subnet: &Value| {
        let native = subnet.get("ipv6Native").as_bool() == Some(true);
        (native, text(subnet, "availabilityZone"))
    };
    subnets.sort_by_key(place);
    let table = asked
        .tagged("DescribeRouteTables", "routeTableSet")
        .remove(0);
    let table = text(&table, "routeTableId");
    import("aws_route_table.trial", &table);
    for (at, subnet) in subnets.iter().map(|s| text(s, "subnetId")).enumerate() {
        let sort = if at < 2 { "dual_stack" } else { "ipv6_only" };
        import(&format!("aws_subnet.{sort}[{}]", at % 2), &subnet);
        let to = format!("aws_route_table_association.trial[{at}]");
        import(&to, &format!("{subnet}/{table}"));
    }
    let gateway = asked
        .tagged("DescribeInternetGateways", "internetGatewaySet")
        .remove(0);
    import(
        "aws_internet_gateway.trial",
        &text(&gateway, "internetGatewayId"),
    );
    for group in asked.tagged("DescribeSecurityGroups", "securityGroupInfo") {
        let what = text(&group, "groupName");
        let what = what.rsplit('-').next().unwrap();
        import(
            &format!("aws_security_group.{what}"),
            &text(&group, "groupId"),
        );
    }

    let balancer = asked
        .list(
            Service::Elbv2,
            "DescribeLoadBalancers",
            &[],
            "LoadBalancers",
        )
        .remove(0);
    let balancer = text(&balancer, "LoadBalancerArn");
    import("aws_lb.trial", &balancer);
    let of = [("LoadBalancerArn", balancer.as_str())];
    let listener = asked
        .list(Service::Elbv2, "DescribeListeners", &of, "Listeners")
        .remove(0);
    let listener = text(&listener, "ListenerArn");
    import("aws_lb_listener.trial", &listener);
    let of = [("ListenerArn", listener.as_str())];
    let rules = asked.list(Service::Elbv2, "DescribeRules", &of, "Rules");
    let groups = asked.list(Service::Elbv2, "DescribeTargetGroups", &[], "TargetGroups");
    import("aws_ecs_cluster.trial", &name);
    for (role, priority) in [("through", "10"), ("back", "20")] {
        let service = format!("{name}-{role}");
        let mut import = |kind: &str, id: &str| import(&format!("{kind}.trial[\"{role}\"]"), id);
        let is_its = |group: &&Value| text(group, "TargetGroupName") == service;
        let group = groups.iter().find(is_its).unwrap();
        import("aws_lb_target_group", &text(group, "TargetGroupArn"));
        let rule = rules
            .iter()
            .find(|r| text(r, "Priority") == priority)
            .unwrap();
        import("aws_lb_listener_rule", &text(rule, "RuleArn"));
        let family = [("familyPrefix", service.as_str())];
        let definitions = asked.list(
            Service::Ecs,
            "ListTaskDefinitions",
            &family,
            "taskDefinitionArns",
        );
        import("aws_ecs_task_definition", definitions[0].as_str().unwrap());
        import("aws_ecs_service", &format!("{name}/{service}"));
        let target = format!("ecs/service/{name}/{service}/ecs:service:DesiredCount");
        import("aws_appautoscaling_target", &target);
        import("aws_appautoscaling_policy", &format!("{target}/{service}"));
        import("aws_cloudwatch_metric_alarm", &service);
    }
    let (site, command) = container(here, &format!("{name}-through"));
    let told = json!({
        "trial": run,
        "expires": tag(&vpc, EXPIRES),
        "site": site,
        "command": command,
    });
    (all, told)
}

/// What a trial's web server is told, and what its container runs.
fn container(here: &Here, family: &str) -> (String, Vec<String>) {
    let asked = Value::map([("taskDefinition", Value::from(family))]);
    let answer = here
        .region
        .with_world(|world| call(world, Service::Ecs, "DescribeTaskDefinition", &asked).unwrap());
    let container = &answer
        .get("taskDefinition")
        .get("containerDefinitions")
        .items()[0];
    let site = text(&container.get("environment").items()[0], "value");
    let command = container.get("command").items().iter();
    let command = command.map(|word| word.as_str().unwrap().to_owned());
    (site, command.collect())
}
