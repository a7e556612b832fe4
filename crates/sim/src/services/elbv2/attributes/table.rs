//! Every attribute that AWS documents: who has it, its default, and what it may be.
//!
//! Source: botocore: elbv2 TargetGroupAttribute, LoadBalancerAttribute and ListenerAttribute, member Key.

/// An attribute of a kind of resource.
pub(super) struct Attribute<K> {
    pub(super) key: &'static str,
    /// Which of the kind have it.
    pub(super) of: fn(&K) -> bool,
    /// None where it is not shown until it is set.
    pub(super) default: fn(&K) -> Option<&'static str>,
    pub(super) domain: Domain,
}

/// What an attribute may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Domain {
    /// `true` or `false`.
    Flag,
    /// A whole number in a range.
    Number(i64, i64),
    /// 0 or a whole number in a range.
    ZeroOr(i64, i64),
    /// `off` or a whole number in a range.
    OffOr(i64, i64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
    /// A cookie's name, which must not look like the load balancer's own.
    Cookie,
}

impl Domain {
    pub(super) fn holds(self, value: &str) -> bool {
        let number = || {
            let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            value.parse::<i64>().ok().filter(|_| digits)
        };
        let within = |low, high| number().is_some_and(|n| (low..=high).contains(&n));
        match self {
            Self::Flag => ["true", "false"].contains(&value),
            Self::Number(low, high) => within(low, high),
            Self::ZeroOr(low, high) => value == "0" || within(low, high),
            Self::OffOr(low, high) => value == "off" || within(low, high),
            Self::Word(words) => words.contains(&value),
            Self::Text => true,
            Self::Cookie => !value.starts_with("AWSALB"),
        }
    }
}

/// What decides which attributes a target group has.
pub(super) struct Group {
    pub(super) protocol: String,
    pub(super) version: String,
    pub(super) kind: String,
}

/// What decides which attributes a load balancer has.
pub(super) struct Balancer {
    pub(super) kind: String,
    pub(super) scheme: String,
}

/// What decides which attributes a listener has.
pub(super) struct Listener {
    pub(super) protocol: String,
}

impl Group {
    fn is_alb(&self) -> bool {
        matches!(self.protocol.as_str(), "HTTP" | "HTTPS")
    }

    fn is_by_datagram(&self) -> bool {
        matches!(
            self.protocol.as_str(),
            "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC"
        )
    }
}

impl Balancer {
    fn is_alb(&self) -> bool {
        self.kind == "application"
    }
}

/// Longer than any group: the quota of targets may be raised.
const MANY: i64 = 1_000_000;
const WEEK: i64 = 604_800;
const OFF: Option<&str> = Some("false");
const ON: Option<&str> = Some("true");

/// A line of a table, written short.
macro_rules! attribute {
    ($key:literal, $of:expr, $default:expr, $domain:expr) => {
        Attribute {
            key: $key,
            of: $of,
            default: $default,
            domain: $domain,
        }
    };
}

pub(super) const OF_GROUPS: &[Attribute<Group>] = &[
    attribute!(
        "deregistration_delay.timeout_seconds",
        |_| true,
        |_| Some("300"),
        Domain::Number(0, 3600)
    ),
    attribute!("stickiness.enabled", |_| true, |_| OFF, Domain::Flag),
    attribute!(
        "stickiness.type",
        Group::is_alb,
        |_| Some("lb_cookie"),
        Domain::Word(&["lb_cookie", "app_cookie"])
    ),
    attribute!(
        "stickiness.type",
        |g| !g.is_alb(),
        |_| Some("source_ip"),
        Domain::Word(&["source_ip"])
    ),
    attribute!(
        "load_balancing.cross_zone.enabled",
        |_| true,
        |_| Some("use_load_balancer_configuration"),
        Domain::Word(&["true", "false", "use_load_balancer_configuration"])
    ),
    attribute!(
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        |_| true,
        |_| Some("1"),
        Domain::OffOr(1, MANY)
    ),
    attribute!(
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        |_| true,
        |_| Some("off"),
        Domain::OffOr(1, 100)
    ),
    attribute!(
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        |_| true,
        |_| Some("1"),
        Domain::Number(1, MANY)
    ),
    attribute!(
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        |_| true,
        |_| Some("off"),
        Domain::OffOr(1, 100)
    ),
    attribute!(
        "load_balancing.algorithm.type",
        Group::is_alb,
        |_| Some("round_robin"),
        Domain::Word(&[
            "round_robin",
            "least_outstanding_requests",
            "weighted_random"
        ])
    ),
    attribute!(
        "load_balancing.algorithm.anomaly_mitigation",
        Group::is_alb,
        |_| Some("off"),
        Domain::Word(&["on", "off"])
    ),
    attribute!(
        "slow_start.duration_seconds",
        Group::is_alb,
        |_| Some("0"),
        Domain::ZeroOr(30, 900)
    ),
    attribute!(
        "stickiness.lb_cookie.duration_seconds",
        Group::is_alb,
        |_| Some("86400"),
        Domain::Number(1, WEEK)
    ),
    attribute!(
        "stickiness.app_cookie.duration_seconds",
        Group::is_alb,
        |_| Some("86400"),
        Domain::Number(1, WEEK)
    ),
    attribute!(
        "stickiness.app_cookie.cookie_name",
        Group::is_alb,
        |_| Some(""),
        Domain::Cookie
    ),
    attribute!(
        "waf.http2.traffic_inspection_behavior",
        |g| g.version == "HTTP2",
        |_| Some("inspect_immediately"),
        Domain::Word(&["inspect_immediately", "inspect_after_sufficient_data"])
    ),
    attribute!(
        "routing.http2.rst_stream_error_forwarding.enabled",
        |g| g.version == "HTTP2" || g.version == "GRPC",
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "deregistration_delay.connection_termination.enabled",
        |g| !g.is_alb(),
        |g| if g.is_by_datagram() { ON } else { OFF },
        Domain::Flag
    ),
    attribute!(
        "preserve_client_ip.enabled",
        |g| !g.is_alb(),
        |g| if g.kind == "ip" && matches!(g.protocol.as_str(), "TCP" | "TLS") {
            OFF
        } else {
            ON
        },
        Domain::Flag
    ),
    attribute!(
        "proxy_protocol_v2.enabled",
        |g| !g.is_alb(),
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "target_health_state.unhealthy.connection_termination.enabled",
        |g| !g.is_alb(),
        |g| if g.is_by_datagram() { OFF } else { ON },
        Domain::Flag
    ),
    attribute!(
        "target_health_state.unhealthy.draining_interval_seconds",
        |g| !g.is_alb(),
        |_| Some("0"),
        Domain::Number(0, 360_000)
    ),
];

pub(super) const OF_BALANCERS: &[Attribute<Balancer>] = &[
    attribute!("access_logs.s3.enabled", |_| true, |_| OFF, Domain::Flag),
    attribute!(
        "access_logs.s3.bucket",
        |_| true,
        |_| Some(""),
        Domain::Text
    ),
    attribute!(
        "access_logs.s3.prefix",
        |_| true,
        |_| Some(""),
        Domain::Text
    ),
    attribute!(
        "deletion_protection.enabled",
        |_| true,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "ipv6.deny_all_igw_traffic",
        |_| true,
        |b| if b.scheme == "internal" { ON } else { OFF },
        Domain::Flag
    ),
    attribute!(
        "load_balancing.cross_zone.enabled",
        Balancer::is_alb,
        |_| ON,
        Domain::Word(&["true"])
    ),
    attribute!(
        "load_balancing.cross_zone.enabled",
        |b| !b.is_alb(),
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "zonal_shift.config.enabled",
        |_| true,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "idle_timeout.timeout_seconds",
        Balancer::is_alb,
        |_| Some("60"),
        Domain::Number(1, 4000)
    ),
    attribute!(
        "client_keep_alive.seconds",
        Balancer::is_alb,
        |_| Some("3600"),
        Domain::Number(60, WEEK)
    ),
    attribute!(
        "connection_logs.s3.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "connection_logs.s3.bucket",
        Balancer::is_alb,
        |_| Some(""),
        Domain::Text
    ),
    attribute!(
        "connection_logs.s3.prefix",
        Balancer::is_alb,
        |_| Some(""),
        Domain::Text
    ),
    attribute!(
        "health_check_logs.s3.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "health_check_logs.s3.bucket",
        Balancer::is_alb,
        |_| Some(""),
        Domain::Text
    ),
    attribute!(
        "health_check_logs.s3.prefix",
        Balancer::is_alb,
        |_| Some(""),
        Domain::Text
    ),
    attribute!(
        "routing.http.desync_mitigation_mode",
        Balancer::is_alb,
        |_| Some("defensive"),
        Domain::Word(&["monitor", "defensive", "strictest"])
    ),
    attribute!(
        "routing.http.drop_invalid_header_fields.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "routing.http.preserve_host_header.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "routing.http.xff_client_port.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "routing.http.xff_header_processing.mode",
        Balancer::is_alb,
        |_| Some("append"),
        Domain::Word(&["append", "preserve", "remove"])
    ),
    attribute!(
        "routing.http2.enabled",
        Balancer::is_alb,
        |_| ON,
        Domain::Flag
    ),
    attribute!(
        "waf.fail_open.enabled",
        Balancer::is_alb,
        |_| OFF,
        Domain::Flag
    ),
    attribute!(
        "dns_record.client_routing_policy",
        |b| !b.is_alb(),
        |_| Some("any_availability_zone"),
        Domain::Word(&[
            "availability_zone_affinity",
            "partial_availability_zone_affinity",
            "any_availability_zone"
        ])
    ),
    attribute!(
        "secondary_ips.auto_assigned.per_subnet",
        |b| !b.is_alb(),
        |_| Some("0"),
        Domain::Number(0, 7)
    ),
];

/// A header that an Application Load Balancer's listener renames or adds.
macro_rules! header {
    ($key:literal) => {
        attribute!(
            $key,
            |l| matches!(l.protocol.as_str(), "HTTP" | "HTTPS"),
            |_| None,
            Domain::Text
        )
    };
}

pub(super) const OF_LISTENERS: &[Attribute<Listener>] = &[
    attribute!(
        "tcp.idle_timeout.seconds",
        |l| l.protocol == "TCP",
        |_| Some("350"),
        Domain::Number(60, 6000)
    ),
    attribute!(
        "routing.http.response.server.enabled",
        |l| matches!(l.protocol.as_str(), "HTTP" | "HTTPS"),
        |_| ON,
        Domain::Flag
    ),
    header!("routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name"),
    header!("routing.http.request.x_amzn_mtls_clientcert_issuer.header_name"),
    header!("routing.http.request.x_amzn_mtls_clientcert_subject.header_name"),
    header!("routing.http.request.x_amzn_mtls_clientcert_validity.header_name"),
    header!("routing.http.request.x_amzn_mtls_clientcert_leaf.header_name"),
    header!("routing.http.request.x_amzn_mtls_clientcert.header_name"),
    header!("routing.http.request.x_amzn_tls_version.header_name"),
    header!("routing.http.request.x_amzn_tls_cipher_suite.header_name"),
    header!("routing.http.response.strict_transport_security.header_value"),
    header!("routing.http.response.access_control_allow_origin.header_value"),
    header!("routing.http.response.access_control_allow_methods.header_value"),
    header!("routing.http.response.access_control_allow_headers.header_value"),
    header!("routing.http.response.access_control_allow_credentials.header_value"),
    header!("routing.http.response.access_control_expose_headers.header_value"),
    header!("routing.http.response.access_control_max_age.header_value"),
    header!("routing.http.response.content_security_policy.header_value"),
    header!("routing.http.response.x_content_type_options.header_value"),
    header!("routing.http.response.x_frame_options.header_value"),
];
