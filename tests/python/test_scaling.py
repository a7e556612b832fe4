"""Application Auto Scaling: targets, policies and scheduled actions on the shop's service."""

from datetime import timedelta

import pytest

from region import pages, refusal

WHERE = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
THIS = {**WHERE, "ResourceId": "service/prod/shop"}


@pytest.fixture(scope="module")
def target(shop, region):
    shop.until_steady("shop")
    made = region.scaling.register_scalable_target(**THIS, MinCapacity=3, MaxCapacity=6)
    yield made["ScalableTargetARN"]
    region.scaling.deregister_scalable_target(**THIS)
    region.ecs.update_service(cluster="prod", service="shop", desiredCount=3)
    shop.until_steady("shop")


def read(region):
    return region.scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[THIS["ResourceId"]])[
        "ScalableTargets"
    ][0]


def test_a_target_reads_back(target, region):
    found = read(region)
    assert (found["MinCapacity"], found["MaxCapacity"]) == (3, 6)
    assert found["ScalableTargetARN"] == target
    assert found["SuspendedState"] == {
        "DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False,
    }


def test_suspending_keeps_the_bounds_and_bounds_keep_the_suspension(target, region):
    region.scaling.register_scalable_target(**THIS, SuspendedState={"DynamicScalingInSuspended": True})
    region.scaling.register_scalable_target(**THIS, MaxCapacity=8)
    found = read(region)
    assert (found["MinCapacity"], found["MaxCapacity"]) == (3, 8)
    assert found["SuspendedState"]["DynamicScalingInSuspended"] is True
    region.scaling.register_scalable_target(
        **THIS, MaxCapacity=6, SuspendedState={"DynamicScalingInSuspended": False}
    )


def test_a_target_tracking_policy_reads_back_with_its_alarms(target, shop, region):
    label = f"{shop.load_balancer.split('loadbalancer/')[1]}/{shop.tg4.split(':')[-1]}"
    tracking = {
        "TargetValue": 100000.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label,
        },
        "DisableScaleIn": True,
    }
    made = region.scaling.put_scaling_policy(
        **THIS, PolicyName="requests", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    found = region.scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["requests"])
    policy = found["ScalingPolicies"][0]
    assert policy["PolicyARN"] == made["PolicyARN"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == tracking
    alarms = [a["AlarmName"] for a in policy["Alarms"]]
    known = region.cloudwatch.describe_alarms(AlarmNames=alarms)["MetricAlarms"]
    assert alarms and {a["AlarmName"] for a in known} == set(alarms)
    region.scaling.delete_scaling_policy(**THIS, PolicyName="requests")


def test_an_alarm_drives_a_step_policy(target, shop, region):
    steps = {
        "AdjustmentType": "ChangeInCapacity", "Cooldown": 60, "MetricAggregationType": "Maximum",
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 50.0, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 50.0, "ScalingAdjustment": 2},
        ],
    }
    policy = region.scaling.put_scaling_policy(
        **THIS, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps
    )["PolicyARN"]
    region.cloudwatch.put_metric_alarm(
        AlarmName="busy", Namespace="Shop", MetricName="Busy", Statistic="Maximum", Period=60, EvaluationPeriods=1,
        Threshold=100.0, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[policy],
    )
    found = region.scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["steps"])
    kept = found["ScalingPolicies"][0]
    assert kept["StepScalingPolicyConfiguration"] == steps
    assert [a["AlarmName"] for a in kept["Alarms"]] == ["busy"]
    before = shop.describe("shop")["desiredCount"]

    def busy():
        region.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Busy", "Value": 160.0}])
        return shop.describe("shop")["desiredCount"] == before + 2

    region.until(busy, step=30)
    region.scaling.delete_scaling_policy(**THIS, PolicyName="steps")
    alarm = region.cloudwatch.describe_alarms(AlarmNames=["busy"])["MetricAlarms"][0]
    assert alarm["AlarmActions"] == []
    region.cloudwatch.delete_alarms(AlarmNames=["busy"])
    region.ecs.update_service(cluster="prod", service="shop", desiredCount=before)
    shop.until_steady("shop")


def test_predictive_and_metric_math_policies_read_back(target, region):
    predictive = {
        "MetricSpecifications": [{
            "TargetValue": 60.0,
            "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"},
        }],
        "Mode": "ForecastAndScale", "SchedulingBufferTime": 600, "MaxCapacityBreachBehavior": "IncreaseMaxCapacity",
        "MaxCapacityBuffer": 10,
    }
    region.scaling.put_scaling_policy(
        **THIS, PolicyName="forecast", PolicyType="PredictiveScaling", PredictiveScalingPolicyConfiguration=predictive
    )
    queue = {"Namespace": "Shop", "MetricName": "Queue", "Dimensions": [{"Name": "QueueName", "Value": "orders"}]}
    math = {
        "TargetValue": 1000000.0, "DisableScaleIn": True,
        "CustomizedMetricSpecification": {"Metrics": [
            {"Id": "each", "Expression": "queue / 2", "Label": "orders a task"},
            {"Id": "queue", "MetricStat": {"Metric": queue, "Stat": "Sum"}, "ReturnData": False},
        ]},
    }
    region.scaling.put_scaling_policy(
        **THIS, PolicyName="math", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=math
    )
    found = region.scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=THIS["ResourceId"])
    kept = {p["PolicyName"]: p for p in found["ScalingPolicies"]}
    assert kept["forecast"]["PredictiveScalingPolicyConfiguration"] == predictive
    assert kept["math"]["TargetTrackingScalingPolicyConfiguration"] == math
    for name in ("forecast", "math"):
        region.scaling.delete_scaling_policy(**THIS, PolicyName=name)


def test_a_scheduled_action_acts_at_its_time(target, shop, region):
    when = (region.now() + timedelta(minutes=3)).replace(microsecond=0)
    region.scaling.put_scheduled_action(
        **THIS, ScheduledActionName="more", Schedule=f"at({when:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": 5, "MaxCapacity": 6},
    )
    found = region.scaling.describe_scheduled_actions(ServiceNamespace="ecs", ScheduledActionNames=["more"])
    assert found["ScheduledActions"][0]["ScalableTargetAction"] == {"MinCapacity": 5, "MaxCapacity": 6}
    assert shop.describe("shop")["desiredCount"] == 3
    region.until(lambda: shop.describe("shop")["desiredCount"] == 5)
    assert read(region)["MinCapacity"] == 5


def test_registering_brings_the_count_into_the_bounds_at_once(target, shop, region):
    region.scaling.register_scalable_target(**THIS, MinCapacity=6, MaxCapacity=6)
    assert shop.describe("shop")["desiredCount"] == 6
    region.ecs.update_service(cluster="prod", service="shop", desiredCount=3)
    region.advance(300)
    assert shop.describe("shop")["desiredCount"] == 3
    # Without the bounds too, and whatever is suspended.
    region.scaling.register_scalable_target(**THIS, SuspendedState={"DynamicScalingOutSuspended": True})
    assert shop.describe("shop")["desiredCount"] == 6
    region.scaling.register_scalable_target(**THIS, SuspendedState={"DynamicScalingOutSuspended": False})


def test_lists_come_in_pages(target, shop, region):
    for i in range(3):
        region.scaling.put_scheduled_action(
            **THIS, ScheduledActionName=f"page-{i}", Schedule="rate(1 day)",
            ScalableTargetAction={"MinCapacity": 3, "MaxCapacity": 6},
        )
    found, count = pages(
        region.scaling, "describe_scheduled_actions", "ScheduledActions", ServiceNamespace="ecs",
        ResourceId=THIS["ResourceId"], PaginationConfig={"PageSize": 2},
    )
    assert count >= 2
    assert {f"page-{i}" for i in range(3)} <= {a["ScheduledActionName"] for a in found}
    for i in range(3):
        region.scaling.delete_scheduled_action(**THIS, ScheduledActionName=f"page-{i}")


def test_tags(target, region):
    region.scaling.tag_resource(ResourceARN=target, Tags={"team": "shop"})
    assert region.scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {"team": "shop"}
    region.scaling.untag_resource(ResourceARN=target, TagKeys=["team"])
    assert region.scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {}


def test_updates_that_overlap_are_refused_for_a_moment(target, region):
    region.inject("autoscaling:DescribeScalableTargets", {"refused": {"code": "ConcurrentUpdateException"}})
    asked = {"ServiceNamespace": "ecs"}
    assert refusal(region.scaling.describe_scalable_targets, **asked) == "ConcurrentUpdateException"
    assert region.scaling.describe_scalable_targets(**asked)["ScalableTargets"]


def test_what_policies_and_schedules_are_refused(target, shop, region):
    def tracking(**metric):
        return refusal(
            region.scaling.put_scaling_policy, **THIS, PolicyName="wrong", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 10.0, "PredefinedMetricSpecification": metric},
        )

    requests = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
    label = f"{shop.load_balancer.split('loadbalancer/')[1]}/targetgroup/nobody/0123456789abcdef"
    assert tracking(**requests) == "ValidationException"
    assert tracking(**requests, ResourceLabel=label) == "ValidationException"
    assert tracking(PredefinedMetricType="RDSReaderAverageCPUUtilization") == "ValidationException"
    assert tracking(PredefinedMetricType="ECSServiceAverageCPUUtilizationHighResolution") == "ValidationException"
    gap = [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 2},
    ]
    assert refusal(
        region.scaling.put_scaling_policy, **THIS, PolicyName="wrong", PolicyType="StepScaling",
        StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "StepAdjustments": gap},
    ) == "ValidationException"

    def schedule(**more):
        given = {"ScheduledActionName": "wrong", "Schedule": "rate(1 day)", "ScalableTargetAction": {"MinCapacity": 3}}
        return refusal(region.scaling.put_scheduled_action, **THIS, **{**given, **more})

    yesterday = region.now() - timedelta(days=1)
    assert schedule(ScheduledActionName="up/down") == "ValidationException"
    assert schedule(Schedule=f"at({yesterday:%Y-%m-%dT%H:%M:%S})") == "ValidationException"
    assert schedule(EndTime=yesterday) == "ValidationException"
    assert schedule(ScalableTargetAction={"MinCapacity": 4, "MaxCapacity": 3}) == "ValidationException"


def test_what_auto_scaling_refuses(target, region):
    scaling = region.scaling
    nobody = {**WHERE, "ResourceId": "service/prod/nobody"}
    assert refusal(scaling.register_scalable_target, **nobody, MinCapacity=1, MaxCapacity=2) == "ValidationException"
    assert refusal(scaling.register_scalable_target, **THIS, MinCapacity=5, MaxCapacity=2) == "ValidationException"
    assert refusal(scaling.deregister_scalable_target, **nobody) == "ObjectNotFoundException"
    assert refusal(scaling.delete_scaling_policy, **THIS, PolicyName="nobody") == "ObjectNotFoundException"
    assert refusal(scaling.delete_scheduled_action, **THIS, ScheduledActionName="no") == "ObjectNotFoundException"
    assert refusal(
        scaling.put_scheduled_action, **THIS, ScheduledActionName="bad", Schedule="sometimes",
        ScalableTargetAction={"MinCapacity": 1},
    ) == "ValidationException"
    assert refusal(scaling.describe_scalable_targets, ServiceNamespace="ecs", NextToken="made-up") == (
        "InvalidNextTokenException"
    )
