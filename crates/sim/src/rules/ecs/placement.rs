//! Rules of where tasks are placed: constraints, strategies, capacity providers.

use super::asked::{is_given, texts};
use super::wanted::Wanted;
use super::{PLACING, Rule, refuses};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    refuses(
        "ecs-at-most-10-constraints",
        PLACING,
        "a task has at most 10 placement constraints, its definition's included",
        "InvalidParameterException",
        |world, s| {
            let wanted = Wanted::of(world, s)?;
            let of_service = wanted.given("placementConstraints").items().len();
            let definition = wanted.definition(world)?;
            let of_task = definition.given.get("placementConstraints").items().len();
            (of_service > 0 && of_service + of_task > 10)
                .then(|| "Maximum number of constraints is 10.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.placementConstraints",
    ),
    refuses(
        "ecs-at-most-5-strategies",
        PLACING,
        "a service has at most 5 placement strategies",
        "InvalidParameterException",
        |_, s| {
            (s.get("placementStrategy").items().len() > 5)
                .then(|| "Maximum number of strategies is 5.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.placementStrategy",
    ),
    refuses(
        "ecs-constraint-expression",
        PLACING,
        "a constraint memberOf has an expression, distinctInstance has none",
        "InvalidParameterException",
        |_, s| {
            s.get("placementConstraints").items().iter().find_map(|c| {
                let expressed = is_given(c.get("expression"));
                match (c.get("type").as_str()?, expressed) {
                    ("distinctInstance", true) => {
                        Some("distinctInstance expression should not be specified.".to_owned())
                    }
                    ("memberOf", false) => {
                        Some("memberOf expression should be specified.".to_owned())
                    }
                    _ => None,
                }
            })
        },
        "botocore: ecs PlacementConstraint.expression; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-strategy-field",
        PLACING,
        "binpack is by cpu or memory, spread by an attribute or the instance, random by nothing",
        "InvalidParameterException",
        |_, s| {
            s.get("placementStrategy")
                .items()
                .iter()
                .find_map(|strategy| {
                    let kind = strategy.get("type").as_str()?;
                    let field = strategy.get("field").as_str().unwrap_or_default();
                    (!is_field_of(kind, field))
                        .then(|| format!("{kind} field '{field}' is invalid."))
                })
        },
        "botocore: ecs PlacementStrategy.field; badmintoncryer/cdk-preflight",
    ),
    refuses(
        "ecs-at-most-20-providers",
        PLACING,
        "a capacity provider strategy has at most 20 providers",
        "InvalidParameterException",
        |_, s| {
            (strategy(s).len() > 20)
                .then(|| "capacityProviderStrategy must not have more than 20 entries.".to_owned())
        },
        "botocore: ecs CreateServiceRequest.capacityProviderStrategy",
    ),
    refuses(
        "ecs-one-provider-with-a-base",
        PLACING,
        "one capacity provider at most has a base",
        "InvalidParameterException",
        |_, s| {
            let based = |p: &&Value| p.get("base").as_i64().is_some_and(|b| b > 0);
            (strategy(s).iter().filter(based).count() > 1).then(|| {
                "There are multiple capacity providers in the specified capacity provider strategy with a base value \
                 defined."
                    .to_owned()
            })
        },
        "botocore: ecs CapacityProviderStrategyItem.base",
    ),
    refuses(
        "ecs-some-provider-has-weight",
        PLACING,
        "of several capacity providers one at least has a weight above 0, and a lone one has not 0",
        "InvalidParameterException",
        |_, s| {
            let items = strategy(s);
            let weightless = items
                .iter()
                .all(|p| p.get("weight").as_i64().unwrap_or(0) == 0);
            let meant = items.len() > 1 || items.iter().any(|p| !p.get("weight").is_null());
            (weightless && meant).then(|| {
                "There are no capacity providers in the capacity provider strategy with a weight value greater than zero."
                    .to_owned()
            })
        },
        "botocore: ecs CapacityProviderStrategyItem.weight",
    ),
    refuses(
        "ecs-providers-of-one-kind",
        PLACING,
        "a strategy has Fargate's providers or others, not both",
        "InvalidParameterException",
        |_, s| {
            let names: Vec<&str> = providers(s).collect();
            let on_fargate = names.iter().filter(|n| n.starts_with("FARGATE")).count();
            (on_fargate > 0 && on_fargate < names.len()).then(|| {
                "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and \
                 Fargate providers. Specify one or the other and try again."
                    .to_owned()
            })
        },
        "aws/aws-cdk aws-ecs Cluster (the same is checked there)",
    ),
    refuses(
        "ecs-providers-of-the-cluster",
        PLACING,
        "a strategy names providers of the cluster",
        "InvalidParameterException",
        |world, s| {
            let cluster = world.ecs.cluster(s.get("cluster").as_str())?;
            let of_cluster = cluster.given.get("capacityProviders").strings();
            let foreign = providers(s).any(|p| !of_cluster.iter().any(|c| c == p));
            foreign.then(|| {
                "The specified capacity provider strategy cannot contain a capacity provider that is not associated with \
                 the cluster. Associate the capacity provider with the cluster and try again."
                    .to_owned()
            })
        },
        "botocore: ecs CapacityProviderStrategyItem.capacityProvider",
    ),
];

fn strategy(input: &Value) -> &[Value] {
    input.get("capacityProviderStrategy").items()
}

/// The names of a strategy's providers, without what an ARN has before.
fn providers(input: &Value) -> impl Iterator<Item = &str> {
    let names = texts(input.get("capacityProviderStrategy"), "capacityProvider");
    names.map(crate::world::ecs::last_part)
}

fn is_field_of(kind: &str, field: &str) -> bool {
    match kind {
        "binpack" => ["cpu", "memory", "CPU", "MEMORY"].contains(&field),
        "spread" => ["instanceId", "host"].contains(&field) || field.starts_with("attribute:"),
        "random" => field.is_empty(),
        _ => true,
    }
}
