"""CloudWatch: one service in three protocols. botocore serialises and parses each by itself."""

from datetime import timedelta, timezone

import cbor2
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from region import KEYS, NAME, pages, refusal, session_for

PROTOCOLS = ["smithy-rpc-v2-cbor", "json", "query"]


@pytest.fixture(params=PROTOCOLS, scope="module")
def cloudwatch(request, region):
    client = region.client("cloudwatch", session=session_for(request.param))
    assert client.meta.service_model.resolved_protocol == request.param
    client.namespace = f"shop/{request.param}"
    return client


@pytest.fixture(scope="module")
def orders(cloudwatch, region):
    """Ten minutes of a metric of our own: 1 to 10 in each minute, 10 minutes long; the first minute's start."""
    start = region.now().replace(second=0, microsecond=0) - timedelta(minutes=15)
    cloudwatch.put_metric_data(
        Namespace=cloudwatch.namespace,
        MetricData=[
            {
                "MetricName": "Orders", "Dimensions": [{"Name": "Shop", "Value": "one"}], "Unit": "Count",
                "Timestamp": start + timedelta(minutes=minute), "Values": [float(n) for n in range(1, 101)],
                "Counts": [1.0] * 100,
            }
            for minute in range(10)
        ],
    )
    cloudwatch.put_metric_data(
        Namespace=cloudwatch.namespace,
        MetricData=[
            {
                "MetricName": "Failures", "Dimensions": [{"Name": "Shop", "Value": "one"}],
                "Timestamp": start + timedelta(minutes=minute), "Value": 5.0,
            }
            for minute in range(0, 10, 2)
        ],
    )
    region.advance(400)
    return start


def stat(cloudwatch, name, stat="Sum", period=60):
    dimensions = [{"Name": "Shop", "Value": "one"}]
    metric = {"Namespace": cloudwatch.namespace, "MetricName": name, "Dimensions": dimensions}
    return {"Metric": metric, "Period": period, "Stat": stat}


def ask(cloudwatch, orders, *queries, **more):
    return cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), StartTime=orders, EndTime=orders + timedelta(minutes=10), **more
    )


def test_statistics_and_percentiles(cloudwatch, orders):
    stats = ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p50", "p99"]
    answer = ask(
        cloudwatch, orders, *({"Id": f"m{i}", "MetricStat": stat(cloudwatch, "Orders", s)} for i, s in enumerate(stats))
    )
    results = {r["Id"]: r for r in answer["MetricDataResults"]}
    assert [r["StatusCode"] for r in results.values()] == ["Complete"] * len(stats)
    values = {s: results[f"m{i}"]["Values"] for i, s in enumerate(stats)}
    assert all(len(v) == 10 for v in values.values())
    assert [v[0] for v in values.values()][:5] == [5050.0, 50.5, 1.0, 100.0, 100.0]
    assert values["p50"][0] == pytest.approx(50, rel=0.03)
    assert values["p99"][0] == pytest.approx(99, rel=0.03)


def test_times_are_aligned_and_newest_first_unless_asked_otherwise(cloudwatch, orders):
    query = {"Id": "m", "MetricStat": stat(cloudwatch, "Orders")}
    newest = ask(cloudwatch, orders, query)["MetricDataResults"][0]["Timestamps"]
    oldest = ask(cloudwatch, orders, query, ScanBy="TimestampAscending")["MetricDataResults"][0]["Timestamps"]
    assert newest == oldest[::-1]
    assert oldest[0].astimezone(timezone.utc) == orders
    assert all(t.second == 0 for t in oldest)


def test_a_longer_period_adds_up(cloudwatch, orders):
    start = orders.replace(minute=orders.minute // 5 * 5)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": stat(cloudwatch, "Orders", period=300)}],
        StartTime=start, EndTime=start + timedelta(minutes=20),
    )
    values = answer["MetricDataResults"][0]["Values"]
    assert sum(values) == 10 * 5050
    assert len(values) in (2, 3)


def test_metric_math(cloudwatch, orders):
    answer = ask(
        cloudwatch, orders,
        {"Id": "o", "MetricStat": stat(cloudwatch, "Orders", "SampleCount"), "ReturnData": False},
        {"Id": "f", "MetricStat": stat(cloudwatch, "Failures"), "ReturnData": False},
        {"Id": "rate", "Expression": "100 * FILL(f, 0) / o", "Label": "failures in percent"},
        {"Id": "both", "Expression": "SUM([o, FILL(f, 0)])"},
    )
    rate, both = answer["MetricDataResults"]
    assert (rate["Id"], rate["Label"]) == ("rate", "failures in percent")
    assert rate["Values"][::-1] == [5.0, 0.0] * 5
    assert both["Values"][::-1] == [105.0, 100.0] * 5


def test_nothing_measured_is_nothing_answered(cloudwatch, orders):
    result = ask(cloudwatch, orders, {"Id": "m", "MetricStat": stat(cloudwatch, "Nobody")})["MetricDataResults"][0]
    assert (result["Values"], result["Timestamps"], result["StatusCode"]) == ([], [], "Complete")


def test_data_points_come_in_pages(cloudwatch, orders):
    found, count = pages(
        cloudwatch, "get_metric_data", "MetricDataResults", StartTime=orders, EndTime=orders + timedelta(minutes=10),
        MetricDataQueries=[
            {"Id": "a", "MetricStat": stat(cloudwatch, "Orders")},
            {"Id": "b", "MetricStat": stat(cloudwatch, "Orders", "Average")},
        ],
        PaginationConfig={"PageSize": 4},
    )
    assert count == 5
    values = {i: [v for r in found if r["Id"] == i for v in r["Values"]] for i in "ab"}
    assert values == {"a": [5050.0] * 10, "b": [50.5] * 10}


def test_statistics_by_the_older_call(cloudwatch, orders):
    points = cloudwatch.get_metric_statistics(
        Namespace=cloudwatch.namespace, MetricName="Orders", Dimensions=[{"Name": "Shop", "Value": "one"}], Period=60,
        StartTime=orders, EndTime=orders + timedelta(minutes=10), Statistics=["Sum", "Maximum"],
    )["Datapoints"]
    assert len(points) == 10
    assert all((p["Sum"], p["Maximum"], p["Unit"]) == (5050.0, 100.0, "Count") for p in points)
    extended = cloudwatch.get_metric_statistics(
        Namespace=cloudwatch.namespace, MetricName="Orders", Dimensions=[{"Name": "Shop", "Value": "one"}], Period=60,
        StartTime=orders, EndTime=orders + timedelta(minutes=10), ExtendedStatistics=["p90"],
    )["Datapoints"]
    assert all(p["ExtendedStatistics"]["p90"] == pytest.approx(90, rel=0.03) for p in extended)


def test_metrics_are_listed_with_their_dimensions(cloudwatch, orders):
    found, _ = pages(cloudwatch, "list_metrics", "Metrics", Namespace=cloudwatch.namespace)
    assert {m["MetricName"] for m in found} == {"Orders", "Failures"}
    assert found[0]["Dimensions"] == [{"Name": "Shop", "Value": "one"}]


def test_an_alarm_follows_its_metric(cloudwatch, orders, region):
    name = f"too-many-{cloudwatch.namespace[5:8]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace=cloudwatch.namespace, MetricName="Load", Statistic="Maximum", Period=60,
        EvaluationPeriods=2, DatapointsToAlarm=2, Threshold=10.0, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )

    def state():
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]

    def fed(value):
        cloudwatch.put_metric_data(
            Namespace=cloudwatch.namespace, MetricData=[{"MetricName": "Load", "Value": value}]
        )
        return state()["StateValue"]

    region.until(lambda: fed(1.0) == "OK", step=30)
    region.until(lambda: fed(50.0) == "ALARM", step=30)
    alarm = state()
    assert alarm["Threshold"] == 10.0
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["StateReason"]
    assert alarm["AlarmArn"].endswith(f":alarm:{name}")
    region.until(lambda: fed(1.0) == "OK", step=30)
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_an_alarms_state_can_be_set(cloudwatch, orders):
    name = f"by-hand-{cloudwatch.namespace[5:8]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace=cloudwatch.namespace, MetricName="Quiet", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a person said so")
    found = cloudwatch.describe_alarms(AlarmNamePrefix=name, StateValue="ALARM")["MetricAlarms"]
    assert [(a["AlarmName"], a["StateReason"]) for a in found] == [(name, "a person said so")]
    cloudwatch.delete_alarms(AlarmNames=[name])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


def test_alarms_come_in_pages(cloudwatch, orders):
    prefix = f"page-{cloudwatch.namespace[5:8]}-"
    names = [f"{prefix}{i}" for i in range(5)]
    for name in names:
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace=cloudwatch.namespace, MetricName="Quiet", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
        )
    found, count = pages(
        cloudwatch, "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix, PaginationConfig={"PageSize": 2}
    )
    assert count == 3
    assert [a["AlarmName"] for a in found] == names
    cloudwatch.delete_alarms(AlarmNames=names)


def test_a_composite_alarm_follows_and_carries_tags(cloudwatch, orders):
    """What Terraform's provider asks of alarms: put with tags, described by name and type, tags listed by ARN, deleted."""
    part = cloudwatch.namespace[5:8]
    names = [f"slow-{part}", f"full-{part}"]
    for name in names:
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace=cloudwatch.namespace, MetricName="Quiet", ExtendedStatistic="p99", Period=60,
            EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
            EvaluateLowSampleCountPercentile="ignore", Tags=[{"Key": "team", "Value": "shop"}],
        )
    page = f"page-{part}"
    rule = f'ALARM("{names[0]}") AND NOT OK({names[1]})'
    cloudwatch.put_composite_alarm(
        AlarmName=page, AlarmRule=rule, AlarmDescription="both", ActionsSuppressor=names[1],
        ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=120, Tags=[{"Key": "team", "Value": "shop"}],
    )

    def read():
        found = cloudwatch.describe_alarms(AlarmNames=[page], AlarmTypes=["CompositeAlarm"])
        assert found["MetricAlarms"] == []
        return found["CompositeAlarms"][0]

    made = read()
    assert (made["StateValue"], made["AlarmRule"], made["AlarmDescription"]) == ("OK", rule, "both")
    assert (made["ActionsSuppressor"], made["ActionsSuppressorWaitPeriod"]) == (names[1], 60)
    assert cloudwatch.describe_alarms(AlarmNames=[page])["MetricAlarms"] == []
    simple = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"][0]
    assert (simple["ExtendedStatistic"], simple["EvaluateLowSampleCountPercentile"]) == ("p99", "ignore")
    cloudwatch.set_alarm_state(AlarmName=names[0], StateValue="ALARM", StateReason="drill")
    assert read()["StateValue"] == "ALARM"
    for arn in (made["AlarmArn"], simple["AlarmArn"]):
        assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "shop"}]
        cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "prod"}])
        cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
        assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": "prod"}]
    wrong = {"AlarmName": "wrong", "AlarmRule": "ALARM(nobody)"}
    assert refusal(cloudwatch.put_composite_alarm, **wrong).startswith("Validation")
    cloudwatch.delete_alarms(AlarmNames=[page])
    cloudwatch.delete_alarms(AlarmNames=names)
    assert refusal(cloudwatch.list_tags_for_resource, ResourceARN=made["AlarmArn"]) == "ResourceNotFoundException"


def test_what_alarms_are_refused(cloudwatch, orders):
    def put(**more):
        given = {
            "AlarmName": "wrong", "Namespace": "Shop", "MetricName": "Load", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 2, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        }
        return refusal(cloudwatch.put_metric_alarm, **{**given, **more})

    assert put(ExtendedStatistic="p99").startswith("InvalidParameterCombination")
    assert put(DatapointsToAlarm=3).startswith("Validation")
    assert put(Period=300, EvaluationPeriods=289).startswith("Validation")
    assert put(Metrics=[{"Id": "a", "Expression": "1"}]).startswith("InvalidParameterCombination")


def test_a_result_that_could_not_be_had_says_so(cloudwatch, orders, region):
    query = {"Id": "m", "MetricStat": stat(cloudwatch, "Orders")}
    region.inject("cloudwatch:GetMetricData", "dataLost")
    lost = ask(cloudwatch, orders, query)["MetricDataResults"][0]
    assert (lost["StatusCode"], lost["Values"]) == ("InternalError", [])
    assert ask(cloudwatch, orders, query)["MetricDataResults"][0]["StatusCode"] == "Complete"


def test_what_cloudwatch_refuses(cloudwatch, orders):
    query = {"Id": "m", "MetricStat": stat(cloudwatch, "Orders")}
    at = {"StartTime": orders, "EndTime": orders + timedelta(minutes=10)}
    get = cloudwatch.get_metric_data
    assert refusal(get, MetricDataQueries=[query, query], **at) == "ValidationError"
    assert refusal(get, MetricDataQueries=[{**query, "Id": "Upper"}], **at) == "ValidationError"
    assert refusal(get, MetricDataQueries=[{"Id": "m", "Expression": "m1 +"}], **at) == "ValidationError"
    many = [{**query, "Id": f"m{i}"} for i in range(501)]
    assert refusal(get, MetricDataQueries=many, **at) == "ValidationError"
    assert refusal(
        get, MetricDataQueries=[query], StartTime=at["EndTime"], EndTime=at["StartTime"]
    ) in ("ValidationError", "InvalidParameterCombination", "InvalidParameterValue")
    assert refusal(
        cloudwatch.put_metric_data, Namespace="AWS/ECS", MetricData=[{"MetricName": "m", "Value": 1.0}]
    ) == "InvalidParameterValue"
    assert refusal(
        cloudwatch.set_alarm_state, AlarmName="nobody", StateValue="OK", StateReason="no"
    ) in ("ResourceNotFound", "ResourceNotFoundException")
    assert refusal(cloudwatch.describe_alarms, NextToken="made-up") == "InvalidNextToken"


def signed(region, operation, body, protocol="rpc-v2-cbor"):
    """A request by hand, signed by botocore."""
    url = f"{region.url}/service/GraniteServiceVersion20100801/operation/{operation}"
    headers = {"Smithy-Protocol": protocol, "Content-Type": "application/cbor", "Accept": "application/cbor"}
    request = AWSRequest("POST", url, data=body, headers=headers)
    keys = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
    SigV4Auth(keys, "monitoring", NAME).add_auth(request)
    return requests.post(url, data=body, headers=dict(request.headers), timeout=30)


def test_cbor_by_hand_of_either_length(region):
    region.advance(5)
    definite = cbor2.dumps({"MaxRecords": 1})
    # The same map of indefinite length, as streaming encoders write it.
    indefinite = b"\xbf" + cbor2.dumps("MaxRecords") + cbor2.dumps(1) + b"\xff"
    for body in (definite, indefinite):
        answer = signed(region, "DescribeAlarms", body)
        assert answer.status_code == 200
        assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
        assert answer.headers["content-type"] == "application/cbor"
        assert "MetricAlarms" in cbor2.loads(answer.content)


def test_a_refusal_in_cbor_names_its_shape(region):
    answer = signed(region, "DescribeAlarms", cbor2.dumps({"NextToken": "made-up"}))
    assert answer.status_code == 400
    error = cbor2.loads(answer.content)
    assert error["__type"].rsplit("#", 1)[-1] == "InvalidNextToken"
    assert answer.headers["x-amzn-requestid"]


def test_what_is_no_cbor_is_refused_and_not_fatal(region):
    for body in (b"\xff\xff", b"\x9f", b"\xbf" * 2000, b""):
        answer = signed(region, "DescribeAlarms", body)
        assert answer.status_code in (200, 400)
    assert signed(region, "DescribeAlarms", cbor2.dumps({})).status_code == 200
    assert signed(region, "MakeCoffee", cbor2.dumps({})).status_code in (400, 404)
