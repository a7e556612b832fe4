//! Load balancers made again, with their listeners, rules and target groups.
//!
//! What belongs here: ELB's documents as requests. What must not: what runs behind them.

use serde_json::{Value, json};

use super::{
    Balancer, Copyist, Lack, Original,
    make::{picked, pruned},
    read::forwarded,
};
use crate::{
    Error,
    asker::{items, lacks, text},
};

/// What answers in place of services that are no part of the rehearsal.
const ELSEWHERE: &str = "not part of the rehearsal";

impl Copyist {
    pub(super) async fn balancers(&mut self, original: &Original) -> Result<(), Error> {
        for group in &original.groups {
            let arn = self
                .target_group(&group.document, &group.attributes)
                .await?;
            if group.targets.is_empty() {
                continue;
            }
            let wanted =
                json!({ "TargetGroupArn": arn, "Targets": pruned(&group.targets.clone().into()) });
            let name = text(&group.document["TargetGroupName"]);
            let lack = || {
                Lack::new(
                    format!("the targets of {name}"),
                    "who is sent there is answered 503",
                )
            };
            self.try_to("elasticloadbalancing:RegisterTargets", &wanted, lack)
                .await;
        }
        for balancer in &original.balancers {
            self.balancer(balancer).await?;
        }
        Ok(())
    }

    async fn target_group(&mut self, group: &Value, attributes: &Value) -> Result<String, Error> {
        const MEMBERS: [&str; 15] = [
            "Protocol",
            "ProtocolVersion",
            "Port",
            "VpcId",
            "HealthCheckProtocol",
            "HealthCheckPort",
            "HealthCheckEnabled",
            "HealthCheckPath",
            "HealthCheckIntervalSeconds",
            "HealthCheckTimeoutSeconds",
            "HealthyThresholdCount",
            "UnhealthyThresholdCount",
            "Matcher",
            "TargetType",
            "IpAddressType",
        ];
        let name = text(&group["TargetGroupName"]);
        let mut wanted = picked(group, &MEMBERS);
        wanted["Name"] = name.clone().into();
        let call = "elasticloadbalancing:CreateTargetGroup";
        let answer = self.ask(call, &wanted).await?;
        let arn = text(&answer["TargetGroups"][0]["TargetGroupArn"]);
        self.names.add_arn(&text(&group["TargetGroupArn"]), &arn);
        let attributes = pruned(attributes);
        if !attributes.is_null() {
            let wanted = json!({ "TargetGroupArn": arn, "Attributes": attributes });
            let call = "elasticloadbalancing:ModifyTargetGroupAttributes";
            let lack = || {
                Lack::new(
                    format!("the attributes of {name}"),
                    "AWS's own defaults hold",
                )
            };
            self.try_to(call, &wanted, lack).await;
        }
        Ok(arn)
    }

    async fn balancer(&mut self, balancer: &Balancer) -> Result<(), Error> {
        let document = &balancer.document;
        let zones = items(&document["AvailabilityZones"]).map(|z| text(&z["SubnetId"]));
        let subnets: Vec<String> = zones.filter(|id| self.names.knows(id)).collect();
        let name = text(&document["LoadBalancerName"]);
        let mut wanted = picked(
            document,
            &["Type", "Scheme", "IpAddressType", "SecurityGroups"],
        );
        wanted["Name"] = name.clone().into();
        wanted["Subnets"] = subnets.into();
        let call = "elasticloadbalancing:CreateLoadBalancer";
        let answer = self.ask(call, &wanted).await?;
        let arn = text(&answer["LoadBalancers"][0]["LoadBalancerArn"]);
        self.names
            .add_arn(&text(&document["LoadBalancerArn"]), &arn);
        self.lack(
            format!("{name}: attributes, web ACL, access logs"),
            "no request is kept out or cut off by them",
        );
        for (listener, rules) in &balancer.listeners {
            self.listener(&arn, listener, rules).await?;
        }
        Ok(())
    }

    async fn listener(
        &mut self,
        balancer: &str,
        listener: &Value,
        rules: &[Value],
    ) -> Result<(), Error> {
        let mut wanted = picked(listener, &["Protocol", "Port", "SslPolicy"]);
        wanted["LoadBalancerArn"] = balancer.into();
        let certificates = items(&listener["Certificates"]).map(|c| picked(c, &["CertificateArn"]));
        let certificates: Vec<Value> = certificates.collect();
        let place = format!(
            "{}:{}",
            text(&listener["Protocol"]),
            text(&listener["Port"])
        );
        if !certificates.is_empty() {
            self.lack(
                format!("{place}: certificates"),
                "the copy names the same ones, and no handshake is made",
            );
        }
        wanted["Certificates"] = certificates.into();
        wanted["DefaultActions"] = self.actions(&listener["DefaultActions"], &place);
        let call = "elasticloadbalancing:CreateListener";
        let answer = self.ask(call, &wanted).await?;
        let arn = answer["Listeners"][0]["ListenerArn"].as_str();
        let arn = arn.ok_or_else(|| lacks(call, "listener"))?;
        self.names.add(&text(&listener["ListenerArn"]), arn);
        for rule in rules.iter().filter(|rule| rule["IsDefault"] != "true") {
            let priority = text(&rule["Priority"]);
            let place = format!("{place} rule {priority}");
            let mut wanted = json!({
                "ListenerArn": arn,
                "Priority": priority,
                "Conditions": conditions(&rule["Conditions"]),
                "Actions": self.actions(&rule["Actions"], &place),
            });
            let transforms = pruned(&rule["Transforms"]);
            if !transforms.is_null() {
                wanted["Transforms"] = transforms;
            }
            let lack = || Lack::new(place, "its requests go where the next rule sends them");
            let answer = self
                .try_to("elasticloadbalancing:CreateRule", &wanted, lack)
                .await;
            if let Some(answer) = answer {
                let arn = text(&answer["Rules"][0]["RuleArn"]);
                self.names.add(&text(&rule["RuleArn"]), &arn);
            }
        }
        Ok(())
    }

    /// Actions as they are asked for. Who goes to services of others alone is answered at once.
    fn actions(&mut self, actions: &Value, place: &str) -> Value {
        let actions = pruned(actions);
        let each = items(&actions).map(|action| {
            let mut action = action.clone();
            match action["Type"].as_str() {
                Some("forward") => self.forward(&mut action, place),
                Some("authenticate-oidc") => {
                    let config = &mut action["AuthenticateOidcConfig"];
                    config["ClientSecret"] = "rehearsal".into();
                    config["UseExistingClientSecret"] = Value::Null;
                    self.lack(format!("{place}: the client's secret"), "nobody logs in");
                }
                _ => {}
            }
            action
        });
        each.collect::<Vec<_>>().into()
    }

    fn forward(&mut self, action: &mut Value, place: &str) {
        let named = forwarded(&Value::from(vec![action.clone()]));
        let order = action["Order"].clone();
        if named.iter().any(|arn| self.names.knows(arn)) {
            // One group may be told in both of AWS's spellings.
            if !action["ForwardConfig"].is_null() {
                action["TargetGroupArn"] = Value::Null;
            }
            return;
        }
        self.lack(
            format!("{place}: the services that it forwards to"),
            "who is sent there is answered 200 at once",
        );
        *action = json!({
            "Type": "fixed-response",
            "Order": order,
            "FixedResponseConfig": { "StatusCode": "200", "ContentType": "text/plain", "MessageBody": ELSEWHERE },
        });
    }

    /// The load balancers and routes of the copy that forward to some target groups of the original's.
    pub(super) fn routes_to(
        &self,
        original: &Original,
        groups: &[String],
    ) -> Vec<(String, String)> {
        let leads = |actions: &Value| forwarded(actions).iter().any(|arn| groups.contains(arn));
        let mut routes = Vec::new();
        for balancer in &original.balancers {
            let arn = text(&balancer.document["LoadBalancerArn"]);
            for (listener, rules) in &balancer.listeners {
                if leads(&listener["DefaultActions"]) {
                    routes.push((arn.clone(), text(&listener["ListenerArn"])));
                }
                let ruled = rules
                    .iter()
                    .filter(|r| r["IsDefault"] != "true" && leads(&r["Actions"]));
                routes.extend(ruled.map(|r| (arn.clone(), text(&r["RuleArn"]))));
            }
        }
        let there = routes
            .into_iter()
            .filter(|(_, route)| self.names.knows(route));
        there
            .map(|(b, r)| (self.names.to_copy(&b), self.names.to_copy(&r)))
            .collect()
    }
}

/// A condition's values stand in its configuration, or beside it where it has none.
fn conditions(conditions: &Value) -> Value {
    let conditions = pruned(conditions);
    let each = items(&conditions).map(|condition| {
        let mut condition = condition.clone();
        let members = condition.as_object().into_iter().flatten();
        let has_config = members
            .into_iter()
            .any(|(name, _)| name.ends_with("Config"));
        if has_config {
            condition["Values"] = Value::Null;
        }
        condition
    });
    each.collect::<Vec<_>>().into()
}
