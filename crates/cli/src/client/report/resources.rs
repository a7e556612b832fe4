//! Which resources were there before, which are new, which changed in place: read off the tree.

use serde::Serialize;
use sixshift_api::model::{Node, Plan};

/// A resource in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    /// As in the tree: `service`, `targetGroup`, …
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) arn: Option<String>,
    /// The cluster and the service that it belongs to: what scales has no better name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_service: Option<(String, String)>,
}

/// All of a plan's.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resources {
    /// The IPv4 side, as far as it is still there.
    pub(super) before: Vec<Resource>,
    /// The IPv6 side, which sixshift made.
    pub(super) after: Vec<Resource>,
    /// On both sides of the migration; only their weights changed.
    pub(super) in_place: Vec<Resource>,
}

impl Resources {
    /// What a plan's tree holds, tasks and targets aside: those come and go.
    pub(super) fn of(plan: &Plan) -> Self {
        let cluster = plan.summary.service.split('/').nth(1).unwrap_or_default();
        let mut all = Self::default();
        all.walk(&plan.tree, None, None, cluster);
        all
    }

    fn walk(
        &mut self,
        node: &Node,
        side: Option<&str>,
        service: Option<&(String, String)>,
        cluster: &str,
    ) {
        let side = node.side.as_deref().or(side);
        let own = (node.kind == "service").then(|| of_service(node, cluster));
        let service = own.as_ref().or(service);
        if let Some(list) = self.list(node, side) {
            let resource = Resource {
                kind: node.kind.clone(),
                name: node.name.clone(),
                arn: node.arn.clone(),
                of_service: service.cloned(),
            };
            // A target group hangs on every route that forwards to it.
            if !list.contains(&resource) {
                list.push(resource);
            }
        }
        for child in &node.children {
            self.walk(child, side, service, cluster);
        }
    }

    /// Where a node belongs. Nowhere: what comes and goes by itself, what does not exist, what is another service's.
    fn list(&mut self, node: &Node, side: Option<&str>) -> Option<&mut Vec<Resource>> {
        let exists = match node.kind.as_str() {
            "plan" | "task" | "target" => false,
            // What scales has no ARN in the tree.
            "scaling" | "scalingPolicy" => true,
            _ => node.arn.is_some(),
        };
        match side {
            _ if !exists => None,
            Some("ipv4") => Some(&mut self.before),
            Some("ipv6") => Some(&mut self.after),
            _ => (node.kind == "route").then_some(&mut self.in_place),
        }
    }
}

/// Cluster and service by name, from the ARN: the tree's names are for people. Old ARNs have no cluster in them.
fn of_service(node: &Node, cluster: &str) -> (String, String) {
    let path = node
        .arn
        .as_deref()
        .and_then(|arn| arn.split_once(":service/"));
    match path.map(|(_, path)| path.split_once('/').ok_or(path)) {
        Some(Ok((cluster, service))) => (cluster.to_owned(), service.to_owned()),
        Some(Err(service)) => (cluster.to_owned(), service.to_owned()),
        None => (cluster.to_owned(), node.name.clone()),
    }
}
