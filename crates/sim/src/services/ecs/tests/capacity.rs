//! Clusters, capacity providers and account settings.

use serde_json::json;

use super::{ask, refusal};
use crate::scenario::fixture::fresh;
use crate::wire::json::from_json;

#[test]
fn capacity_providers_are_made_attached_and_deleted() {
    let mut world = fresh("healthy").world;
    let group = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/shop";
    let asked = json!({
        "name": "shop", "autoScalingGroupProvider": {"autoScalingGroupArn": group},
        "tags": [{"key": "team", "value": "shop"}]
    });
    let made = ask(&mut world, "CreateCapacityProvider", asked);
    let made = made.get("capacityProvider");
    assert_eq!(made.get("status").as_str(), Some("ACTIVE"));
    let scaling = made.get("autoScalingGroupProvider").get("managedScaling");
    assert_eq!(scaling.get("targetCapacity").as_i64(), Some(100));
    let arn = made.get("capacityProviderArn").as_str().unwrap().to_owned();

    let all = ask(&mut world, "DescribeCapacityProviders", json!({}));
    assert_eq!(all.get("capacityProviders").items().len(), 3);
    let tags = ask(
        &mut world,
        "ListTagsForResource",
        json!({"resourceArn": arn}),
    );
    assert_eq!(tags.get("tags").items().len(), 1);

    let put = |names: &[&str]| {
        json!({
            "cluster": "prod", "capacityProviders": names, "defaultCapacityProviderStrategy": []
        })
    };
    ask(
        &mut world,
        "PutClusterCapacityProviders",
        put(&["shop", "FARGATE"]),
    );
    let of_cluster = ask(
        &mut world,
        "DescribeCapacityProviders",
        json!({"cluster": "prod"}),
    );
    assert_eq!(of_cluster.get("capacityProviders").items().len(), 2);
    let gone = from_json(json!({"capacityProvider": arn}));
    assert_eq!(
        refusal(&mut world, "DeleteCapacityProvider", &gone).code,
        "ClientException"
    );
    ask(&mut world, "PutClusterCapacityProviders", put(&[]));
    let change = json!({
        "name": "shop", "autoScalingGroupProvider": {"managedTerminationProtection": "ENABLED"}
    });
    let changed = ask(&mut world, "UpdateCapacityProvider", change);
    let changed = changed
        .get("capacityProvider")
        .get("autoScalingGroupProvider");
    assert_eq!(
        changed.get("managedTerminationProtection").as_str(),
        Some("ENABLED")
    );
    assert_eq!(changed.get("autoScalingGroupArn").as_str(), Some(group));
    let deleted = ask(
        &mut world,
        "DeleteCapacityProvider",
        json!({"capacityProvider": arn}),
    );
    let deleted = deleted.get("capacityProvider");
    assert_eq!(deleted.get("status").as_str(), Some("INACTIVE"));
    let asked = json!({"capacityProviders": ["shop"]});
    let missing = ask(&mut world, "DescribeCapacityProviders", asked);
    assert_eq!(missing.get("failures").items().len(), 1);
}

#[test]
fn account_settings_are_set_listed_and_unset() {
    let mut world = fresh("healthy").world;
    let mut listed = |asked: serde_json::Value| {
        let answer = ask(&mut world, "ListAccountSettings", asked);
        let settings = answer.get("settings").items().iter();
        settings
            .map(|s| {
                let text = |key: &str| s.get(key).as_str().unwrap().to_owned();
                format!("{}={}", text("name"), text("value"))
            })
            .collect::<Vec<_>>()
    };
    assert!(listed(json!({})).is_empty());
    let insights = json!({"name": "containerInsights", "effectiveSettings": true});
    assert_eq!(listed(insights.clone()), ["containerInsights=disabled"]);
    let set = json!({"name": "containerInsights", "value": "enhanced"});
    ask(&mut world, "PutAccountSetting", set);
    let mut listed = |asked: serde_json::Value| {
        let answer = ask(&mut world, "ListAccountSettings", asked);
        answer.get("settings").items().len()
    };
    assert_eq!(listed(json!({})), 1);
    assert_eq!(listed(json!({"effectiveSettings": true})), 10);
    let unset = json!({"name": "containerInsights"});
    ask(&mut world, "DeleteAccountSetting", unset);
    let answer = ask(&mut world, "ListAccountSettings", json!({}));
    assert!(answer.get("settings").items().is_empty());
}

#[test]
fn a_cluster_shows_what_is_asked_for() {
    let mut world = fresh("healthy").world;
    let asked = json!({
        "clusterName": "new", "tags": [{"key": "team", "value": "shop"}],
        "configuration": {"executeCommandConfiguration": {"logging": "DEFAULT"}}
    });
    ask(&mut world, "CreateCluster", asked);
    let settings = json!([{"name": "containerInsights", "value": "enabled"}]);
    let change = json!({"cluster": "new", "settings": settings});
    ask(&mut world, "UpdateClusterSettings", change);
    let mut described = |include: &[&str]| {
        let asked = json!({"clusters": ["new"], "include": include});
        let answer = ask(&mut world, "DescribeClusters", asked);
        answer.get("clusters").items()[0].clone()
    };
    let plain = described(&[]);
    assert!(plain.get("settings").items().is_empty());
    assert!(plain.get("tags").items().is_empty());
    assert!(plain.get("configuration").is_null());
    let whole = described(&["SETTINGS", "TAGS", "CONFIGURATIONS"]);
    assert_eq!(whole.get("settings"), &from_json(settings));
    assert_eq!(whole.get("tags").items().len(), 1);
    assert!(!whole.get("configuration").is_null());
    ask(&mut world, "DeleteCluster", json!({"cluster": "new"}));
    let gone = ask(&mut world, "DescribeClusters", json!({"clusters": ["new"]}));
    assert_eq!(gone.get("failures").items().len(), 1);
}

#[test]
fn a_cluster_with_a_service_is_not_deleted() {
    let mut world = fresh("healthy").world;
    let refused = refusal(
        &mut world,
        "DeleteCluster",
        &from_json(json!({"cluster": "prod"})),
    );
    assert_eq!(refused.code, "ClusterContainsServicesException");
}

#[test]
fn there_are_no_container_instances() {
    let mut world = fresh("healthy").world;
    let listed = ask(
        &mut world,
        "ListContainerInstances",
        json!({"cluster": "prod"}),
    );
    assert!(listed.get("containerInstanceArns").items().is_empty());
    let asked = json!({"cluster": "prod", "containerInstances": ["somebody"]});
    let described = ask(&mut world, "DescribeContainerInstances", asked);
    assert!(described.get("containerInstances").items().is_empty());
    assert_eq!(described.get("failures").items().len(), 1);
}
