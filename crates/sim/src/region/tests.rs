//! What a region promises around a call: time, limits, faults, counters.

use std::future::Future;

use super::*;

fn region() -> Region {
    let start = Timestamp::from_second(1_800_000_000).unwrap();
    Region::new(World::new("eu-central-1", "123456789012", start), 7)
}

fn identity() -> Request<Bytes> {
    let scope =
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/sts/aws4_request, SignedHeaders=host";
    Request::post("/")
        .header("authorization", scope)
        .body(Bytes::from_static(
            b"Action=GetCallerIdentity&Version=2011-06-15",
        ))
        .unwrap()
}

/// Runs under tokio's paused clock.
fn in_virtual_time<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn a_call_takes_simulated_latency_and_is_counted() {
    in_virtual_time(async {
        let region = region();
        let before = region.clock().now;
        let response = region.request(identity()).await;
        assert_eq!(response.status(), 200);
        let took = region.clock().now.duration_since(before).as_secs_f64();
        assert!((0.02..0.09).contains(&took), "{took}");
        assert_eq!(region.counters().calls["sts:GetCallerIdentity"], 1);
    });
}

#[test]
fn the_regions_time_follows_tokios_at_its_rate() {
    in_virtual_time(async {
        let region = region();
        region.set_rate(60.0);
        tokio::time::sleep(Duration::from_secs(2)).await;
        region.advance(Duration::from_secs(5));
        let clock = region.clock();
        assert_eq!(clock.now.duration_since(clock.epoch).as_secs(), 125);
        assert_eq!(region.with_world(|w| w.now()), clock.now);
    });
}

#[test]
fn an_error_before_has_no_effect_and_a_lost_reply_breaks_off() {
    in_virtual_time(async {
        let region = region();
        region.inject(Fault::next("sts:*", Wrong::ErrorBefore, 1));
        region.inject(Fault::next("sts:*", Wrong::LostReply, 1));
        region.inject(Fault::next("sts:*", Wrong::Throttle, 1));
        assert_eq!(region.exchange(identity()).await.unwrap().status(), 500);
        assert_eq!(region.exchange(identity()).await.unwrap_err(), Lost);
        assert_eq!(region.exchange(identity()).await.unwrap().status(), 400);
        assert_eq!(region.exchange(identity()).await.unwrap().status(), 200);
        assert_eq!(region.counters().throttled, 1);
    });
}

#[test]
fn a_fault_answers_with_the_error_that_it_names() {
    in_virtual_time(async {
        let region = region();
        let wrong = r#"{"calls":"sts:*","wrong":{"refused":{"code":"ConcurrentUpdateException"}},"often":{"times":1}}"#;
        region.inject(serde_json::from_str(wrong).unwrap());
        let answer = region.exchange(identity()).await.unwrap();
        assert_eq!(answer.status(), 400);
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(
            body.contains("<Code>ConcurrentUpdateException</Code>"),
            "{body}"
        );
        assert_eq!(region.exchange(identity()).await.unwrap().status(), 200);
    });
}

#[test]
fn a_proxy_answers_by_its_own_clock_and_without_a_request_id() {
    in_virtual_time(async {
        let region = region();
        region.inject(Fault::next("sts:*", Wrong::Proxy, 1));
        let page = region.exchange(identity()).await.unwrap();
        assert_eq!(page.status(), 502);
        let of_aws = region.exchange(identity()).await.unwrap();
        let date = |answer: &Response<Bytes>| answer.headers()["date"].clone();
        assert_ne!(date(&page), date(&of_aws));
        let named = |answer: &Response<Bytes>| {
            answer
                .headers()
                .keys()
                .any(|k| k.as_str().contains("request"))
        };
        assert!(named(&of_aws) && !named(&page));
    });
}

#[test]
fn the_controls_need_no_credentials() {
    in_virtual_time(async {
        let region = region();
        let post = |path: &str, body: &'static str| {
            Request::post(path)
                .body(Bytes::from_static(body.as_bytes()))
                .unwrap()
        };
        let answer = region
            .request(post("/_sim/advance", r#"{"seconds":90}"#))
            .await;
        assert_eq!(
            answer.body(),
            r#"{"epoch":"2027-01-15T08:00:00Z","now":"2027-01-15T08:01:30Z","rate":1.0}"#
        );
        let fault = r#"{"calls":"sts:*","wrong":{"delay":5.0},"often":{"times":1}}"#;
        assert_eq!(
            region.request(post("/_sim/faults", fault)).await.status(),
            200
        );
        let before = region.clock().now;
        region.request(identity()).await;
        assert!(region.clock().now.duration_since(before).as_secs_f64() > 5.0);
        assert_eq!(
            region.request(post("/_sim/faults", "{}")).await.status(),
            400
        );
        assert_eq!(
            region
                .request(post("/_sim/advance", r#"{"seconds":1e300}"#))
                .await
                .status(),
            400
        );
        let tags = r#"{"arn":"arn:aws:ecs:eu-central-1:1:service/prod/none","tags":{"aws:x":"y"}}"#;
        assert_eq!(region.request(post("/_sim/tags", tags)).await.status(), 400);
        assert_eq!(
            region.request(post("/_sim/nothing", "")).await.status(),
            404
        );
    });
}

#[test]
fn the_same_requests_get_the_same_answers() {
    let run = || in_virtual_time(async { format!("{:?}", region().request(identity()).await) });
    assert_eq!(run(), run());
}

#[test]
fn health_that_cannot_be_told_is_unavailable() {
    in_virtual_time(async {
        let region = region();
        region.inject(Fault::next(
            "elbv2:DescribeTargetHealth",
            Wrong::ErrorBefore,
            1,
        ));
        let scope = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/elasticloadbalancing/aws4_request, SignedHeaders=host";
        let asks = Request::post("/")
            .header("authorization", scope)
            .body(Bytes::from_static(
                b"Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=x",
            ))
            .unwrap();
        let response = region.request(asks).await;
        assert_eq!(response.status(), 500);
        let body = String::from_utf8_lossy(response.body()).into_owned();
        assert!(body.contains("<Code>HealthUnavailable</Code>"), "{body}");
    });
}

/// Writes down how many clusters there are before and after each write, and what came of it.
struct Counting(Arc<Mutex<Vec<(usize, usize, bool)>>>, usize);

impl Witness for Counting {
    fn before(&mut self, world: &mut World, write: &Write<'_>) {
        assert_eq!(write.op, "CreateCluster");
        self.1 = world.ecs.clusters.len();
    }

    fn after(&mut self, world: &mut World, _: &Write<'_>, outcome: Result<&Value, &AwsError>) {
        let seen = (self.1, world.ecs.clusters.len(), outcome.is_ok());
        self.0.lock().unwrap().push(seen);
    }
}

fn on_clusters(op: &str, input: &'static str) -> Request<Bytes> {
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/ecs/aws4_request, SignedHeaders=host";
    Request::post("/")
        .header("authorization", scope)
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            format!("AmazonEC2ContainerServiceV20141113.{op}"),
        )
        .body(Bytes::from_static(input.as_bytes()))
        .unwrap()
}

#[test]
fn a_witness_is_told_of_each_write_that_reaches_its_operation_and_of_no_read() {
    in_virtual_time(async {
        let (region, seen) = (region(), Arc::default());
        region.watch(Counting(Arc::clone(&seen), 0));
        let shop = || on_clusters("CreateCluster", r#"{"clusterName":"shop"}"#);
        region.inject(Fault::next("ecs:Create*", Wrong::ErrorBefore, 1));
        region.inject(Fault::next("ecs:Create*", Wrong::LostReply, 1));
        assert_eq!(region.exchange(shop()).await.unwrap().status(), 500);
        assert_eq!(region.exchange(shop()).await.unwrap_err(), Lost);
        region.request(on_clusters("ListClusters", "{}")).await;
        let refused = on_clusters("CreateCluster", r#"{"clusterName":"no good"}"#);
        assert_eq!(region.request(refused).await.status(), 400);
        assert_eq!(*seen.lock().unwrap(), [(0, 1, true), (1, 1, false)]);
    });
}
