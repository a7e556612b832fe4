"""Makes the alarm that only a person can: for the twin's step policy, once that is there. URL, resource, policy, service."""

import sys
import time

import boto3

KEYS = {"aws_access_key_id": "AKIDSIMULATED", "aws_secret_access_key": "simulated", "region_name": "eu-central-1"}


def client(service):
    return boto3.client(service, endpoint_url=sys.argv[1], **KEYS)


def main():
    _, _, resource, name = sys.argv
    scaling, metrics = client("application-autoscaling"), client("cloudwatch")
    for _ in range(600):
        found = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=resource)["ScalingPolicies"]
        arns = [policy["PolicyARN"] for policy in found if policy["PolicyName"] == name]
        if arns:
            break
        time.sleep(0.2)
    _, cluster, service = resource.split("/")
    metrics.put_metric_alarm(
        AlarmName=f"{service} busy",
        AlarmDescription='"${busy}" \\ for long',
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Metrics=[
            {
                "Id": "cpu",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/ECS",
                        "MetricName": "CPUUtilization",
                        "Dimensions": [
                            {"Name": "ClusterName", "Value": cluster},
                            {"Name": "ServiceName", "Value": service},
                        ],
                    },
                    "Period": 60,
                    "Stat": "Average",
                },
                "ReturnData": False,
            },
            {"Id": "most", "Expression": "FILL(cpu, 0)", "Label": "cpu", "ReturnData": True},
        ],
        Threshold=95.5,
        TreatMissingData="notBreaching",
        AlarmActions=arns,
        Tags=[{"Key": "team", "Value": "shop"}],
    )


main()
