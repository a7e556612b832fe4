//! Listeners.

use serde_json::{Value as Json, json};

use super::{Case, Ground, forward, ground, with};
use crate::world::elb::Quota;

const CERTIFICATE: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/one";

/// A listener that would be made on the Application Load Balancer, but for `more`.
fn create(rule: &'static str, more: Json) -> Case {
    let ground = ground();
    let input = with(secure(&ground), more);
    ground.breaks(rule, "CreateListener", &input)
}

fn secure(ground: &Ground) -> Json {
    json!({
        "LoadBalancerArn": ground.alb, "Protocol": "HTTPS", "Port": 8443,
        "Certificates": [{"CertificateArn": CERTIFICATE}], "DefaultActions": [forward(&ground.group)],
    })
}

fn modify(rule: &'static str, listener: fn(&Ground) -> &str, more: Json) -> Case {
    let ground = ground();
    let input = with(json!({"ListenerArn": listener(&ground)}), more);
    ground.breaks(rule, "ModifyListener", &input)
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = vec![
        create(
            "elb-listener-needs-protocol-and-port",
            json!({"Port": null}),
        ),
        create(
            "elb-listener-needs-protocol-and-port",
            json!({"Protocol": null, "Certificates": null}),
        ),
        create(
            "elb-listener-protocol-of-the-kind",
            json!({"Protocol": "TCP", "Certificates": null}),
        ),
        modify(
            "elb-listener-protocol-of-the-kind",
            |g| &g.tcp,
            json!({"Protocol": "HTTP"}),
        ),
        modify(
            "elb-listener-datagrams-on-dual-stack",
            |g| &g.tcp,
            json!({"Protocol": "UDP"}),
        ),
        create("elb-listener-one-certificate", json!({"Certificates": []})),
        create(
            "elb-listener-one-certificate",
            json!({"Certificates": [{"CertificateArn": CERTIFICATE}, {"CertificateArn": CERTIFICATE}]}),
        ),
        create(
            "elb-listener-one-certificate",
            json!({"Certificates": [{"CertificateArn": CERTIFICATE, "IsDefault": true}]}),
        ),
        modify(
            "elb-listener-one-certificate",
            |g| &g.plain,
            json!({"Protocol": "HTTPS"}),
        ),
        create(
            "elb-listener-certificate-is-there",
            json!({"Certificates": [{"CertificateArn": "arn:aws:s3:::bucket"}]}),
        ),
        create(
            "elb-listener-security-is-for-secure-ones",
            json!({"Protocol": "HTTP"}),
        ),
        modify(
            "elb-listener-security-is-for-secure-ones",
            |g| &g.plain,
            json!({"SslPolicy": "ELBSecurityPolicy-2016-08"}),
        ),
        create(
            "elb-listener-policy-is-there",
            json!({"SslPolicy": "TLSv1.2"}),
        ),
        create("elb-listener-alpn", json!({"AlpnPolicy": ["HTTP2Only"]})),
        create(
            "elb-listener-mutual-authentication",
            json!({"MutualAuthentication": {"Mode": "verify"}}),
        ),
        create(
            "elb-listener-mutual-authentication",
            json!({"MutualAuthentication": {"Mode": "on"}}),
        ),
    ];
    let mut full = ground();
    full.built.world.elb.quotas.insert(Quota::Listeners, 2);
    let input = secure(&full);
    all.push(full.breaks("elb-quota-listeners", "CreateListener", &input));
    all
}
