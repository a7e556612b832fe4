//! What each codec reads and writes.

use super::*;

fn request(service: &str, headers: &[(&str, &str)], path: &str, body: &[u8]) -> Request<Bytes> {
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host"
    );
    let mut request = Request::post(path).header("authorization", scope);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::copy_from_slice(body)).unwrap()
}

fn asked(protocol: Protocol, service: Service, op: &str) -> Asked {
    Asked {
        protocol,
        service: Some(service),
        op: op.to_owned(),
        request_id: "id-1".to_owned(),
        now: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}

fn body(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

fn text(v: &str) -> Value {
    Value::from(v)
}

#[test]
fn aws_json_is_read_by_its_target() {
    let target = (
        "x-amz-target",
        "AmazonEC2ContainerServiceV20141113.DescribeServices",
    );
    let headers = [target, ("content-type", "application/x-amz-json-1.1")];
    let call = read(
        &request(
            "ecs",
            &headers,
            "/",
            br#"{"cluster":"prod","services":["a"],"x":null}"#,
        ),
        "eu-central-1",
    )
    .unwrap();
    assert_eq!(
        (call.service, call.op.as_str()),
        (Service::Ecs, "DescribeServices")
    );
    assert_eq!(
        call.input,
        Value::map([("cluster", text("prod")), ("services", Value::list(["a"]))])
    );
}

#[test]
fn a_form_becomes_nested_lists_and_structures() {
    let form = b"Action=ModifyRule&Version=2015-12-01&RuleArn=arn%3Aaws%3Ax&Actions.member.1.Type=forward\
        &Actions.member.1.ForwardConfig.TargetGroups.member.2.Weight=1&Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight=99\
        &Tags.entry.1.key=a+b&Tags.entry.1.value=c&Empty=";
    let call = read(
        &request("elasticloadbalancing", &[], "/", form),
        "eu-central-1",
    )
    .unwrap();
    assert_eq!(
        (call.service, call.op.as_str()),
        (Service::Elbv2, "ModifyRule")
    );
    assert_eq!(call.input.get("RuleArn"), &text("arn:aws:x"));
    let groups = call.input.get("Actions").items()[0]
        .get("ForwardConfig")
        .get("TargetGroups");
    let weights: Vec<_> = groups
        .items()
        .iter()
        .map(|g| g.get("Weight").as_i64())
        .collect();
    assert_eq!(weights, [Some(99), Some(1)]);
    assert_eq!(call.input.get("Tags"), &Value::map([("a b", text("c"))]));
    assert!(call.input.get("Empty").items().is_empty());
}

#[test]
fn ec2_lists_are_flat() {
    let form = b"Action=DescribeSubnets&Version=2016-11-15&SubnetId.1=subnet-a&Filter.1.Name=vpc-id&Filter.1.Value.1=v&Filter.1.Value.2=w";
    let call = read(&request("ec2", &[], "/", form), "eu-central-1").unwrap();
    assert_eq!(call.input.get("SubnetId").strings(), ["subnet-a"]);
    assert_eq!(
        call.input.get("Filter").items()[0].get("Value").strings(),
        ["v", "w"]
    );
}

#[test]
fn cbor_carries_moments_as_tag_1_and_lists_of_unknown_length() {
    // {"StartTime": 1(1800000000), "Names": [_ "a"]} in a map of unknown length.
    let mut bytes = vec![0xbf, 0x69];
    bytes.extend(b"StartTime");
    bytes.extend([0xc1, 0x1a]);
    bytes.extend(1_800_000_000u32.to_be_bytes());
    bytes.push(0x65);
    bytes.extend(b"Names");
    bytes.extend([0x9f, 0x61, b'a', 0xff, 0xff]);
    let path = "/service/GraniteServiceVersion20100801/operation/GetMetricData";
    let call = read(
        &request(
            "monitoring",
            &[("smithy-protocol", "rpc-v2-cbor")],
            path,
            &bytes,
        ),
        "eu-central-1",
    )
    .unwrap();
    assert_eq!(call.op, "GetMetricData");
    assert_eq!(
        call.input.get("StartTime"),
        &Value::Time(Timestamp::from_second(1_800_000_000).unwrap())
    );
    assert_eq!(call.input.get("Names").strings(), ["a"]);
}

#[test]
fn what_cbor_writes_it_reads() {
    let value = Value::map([
        (
            "t",
            Value::Time(Timestamp::from_millisecond(1_800_000_000_500).unwrap()),
        ),
        ("f", Value::Float(0.1)),
        ("i", Value::Int(-3)),
        ("l", Value::List(vec![Value::Bool(true)])),
    ]);
    let response = write(
        &asked(Protocol::RpcV2Cbor, Service::CloudWatch, "X"),
        Ok(&value),
    );
    let path = "/service/G/operation/X";
    let again = request(
        "monitoring",
        &[("smithy-protocol", "rpc-v2-cbor")],
        path,
        response.body(),
    );
    assert_eq!(read(&again, "eu-central-1").unwrap().input, value);
}

#[test]
fn xml_names_list_items_as_the_dialect_wants_and_escapes_text() {
    let output = Value::map([
        ("Things", Value::list(["a<b"])),
        ("None", Value::List(Vec::new())),
        ("Gone", Value::Null),
    ]);
    let query = body(&write(
        &asked(Protocol::AwsQuery, Service::Elbv2, "DoIt"),
        Ok(&output),
    ));
    assert_eq!(
        query,
        "<DoItResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"><DoItResult><Things><member>a&lt;b</member>\
         </Things><None></None></DoItResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DoItResponse>"
    );
    let ec2 = body(&write(
        &asked(Protocol::Ec2Query, Service::Ec2, "DoIt"),
        Ok(&output),
    ));
    assert!(
        ec2.contains("<requestId>id-1</requestId><Things><item>a&lt;b</item></Things>"),
        "{ec2}"
    );
}

#[test]
fn moments_are_spelled_as_each_protocol_spells_them() {
    let output = Value::map([(
        "At",
        Value::Time(Timestamp::from_millisecond(1_800_000_000_250).unwrap()),
    )]);
    let json = body(&write(
        &asked(Protocol::AwsJson11, Service::Ecs, "X"),
        Ok(&output),
    ));
    assert_eq!(json, r#"{"At":1800000000.25}"#);
    let xml = body(&write(
        &asked(Protocol::AwsQuery, Service::Elbv2, "X"),
        Ok(&output),
    ));
    assert!(xml.contains("<At>2027-01-15T08:00:00.25Z</At>"), "{xml}");
}

#[test]
fn a_refusal_has_the_code_where_each_protocol_has_it() {
    let error = AwsError::new("InvalidParameterValue", "no <such> thing");
    let query = write(&asked(Protocol::AwsQuery, Service::Elbv2, "X"), Err(&error));
    assert_eq!(query.status(), 400);
    assert!(body(&query).contains("<Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>no &lt;such&gt; thing</Message>"));
    let ec2 = body(&write(
        &asked(Protocol::Ec2Query, Service::Ec2, "X"),
        Err(&error),
    ));
    assert!(ec2.contains("<Response><Errors><Error><Code>InvalidParameterValue</Code>"));
    let json = body(&write(
        &asked(Protocol::AwsJson11, Service::Ecs, "X"),
        Err(&error),
    ));
    assert_eq!(
        json,
        r#"{"__type":"InvalidParameterValue","message":"no <such> thing"}"#
    );
    let cbor = write(
        &asked(Protocol::RpcV2Cbor, Service::CloudWatch, "X"),
        Err(&error),
    );
    assert_eq!(
        cbor.headers()["x-amzn-query-error"],
        "InvalidParameterValue;Sender"
    );
    assert!(body(&cbor).contains("InvalidParameterValueException"));
}

#[test]
fn every_answer_has_a_request_id_and_the_regions_date() {
    let response = write(
        &asked(Protocol::AwsJson11, Service::Ecs, "X"),
        Ok(&Value::Null),
    );
    assert_eq!(response.headers()["x-amzn-requestid"], "id-1");
    assert_eq!(response.headers()["date"], "Fri, 15 Jan 2027 08:00:00 GMT");
    assert_eq!(body(&response), "{}");
}

#[test]
fn requests_without_credentials_or_for_elsewhere_are_refused() {
    let bare = Request::post("/")
        .body(Bytes::from_static(b"Action=DescribeVpcs"))
        .unwrap();
    let error = read(&bare, "eu-central-1").unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.status),
        ("MissingAuthenticationToken", 403)
    );
    let here = request("ec2", &[], "/", b"Action=DescribeVpcs");
    assert_eq!(
        read(&here, "us-east-1").unwrap_err().code,
        "SignatureDoesNotMatch"
    );
    assert_eq!(
        read(&request("sqs", &[], "/", b""), "eu-central-1")
            .unwrap_err()
            .code,
        "UnknownService"
    );
}

#[test]
fn what_cannot_be_read_is_refused_and_never_panics() {
    let headers = [("x-amz-target", "AmazonEC2ContainerServiceV20141113.X")];
    for junk in [&b"{"[..], b"[]", b"\xff\xfe", &[b'['; 100_000]] {
        assert!(read(&request("ecs", &headers, "/", junk), "eu-central-1").is_err());
    }
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    for junk in [
        &b"\x9f"[..],
        b"\x01",
        &[0x81; 100_000],
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(
            read(
                &request("monitoring", &cbor, "/service/G/operation/X", junk),
                "eu-central-1"
            )
            .is_err()
        );
    }
    let deep = format!("Action=X&{}=1", ["a"; 2000].join("."));
    assert!(read(&request("ec2", &[], "/", deep.as_bytes()), "eu-central-1").is_err());
    assert!(read(&request("ec2", &[], "/", b"Action=&x"), "eu-central-1").is_err());
}
