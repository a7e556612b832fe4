//! Faults of what the application is told to do.

use super::{Change, World, ground, seen};
use crate::world::build::{SUBNET_A, SUBNET_B, plan};
use serde_json::{Value, json};
use sixshift_core::observation::Known;

fn document(world: &mut World, change: impl FnOnce(&mut Value)) {
    world.definition.document.edit(change);
}

pub(super) fn app(world: &mut World, member: &str, value: Value) {
    document(world, |d| d["containerDefinitions"][0][member] = value);
}

fn set(world: &mut World, name: &str, value: &str) {
    app(
        world,
        "environment",
        json!([{ "name": name, "value": value }]),
    );
}

/// What somebody looked up.
fn known(world: &mut World, name: &str, has_ipv6: bool) {
    let told = Known::Seen(has_ipv6);
    world.names.insert(name.to_owned(), told);
}

/// No name with an IPv4 address alone is reached any more.
fn alone(world: &mut World) {
    for id in [SUBNET_A, SUBNET_B] {
        world.subnets.get_mut(id).unwrap().as_mut().unwrap().dns64 = false;
        seen(&mut ground(world).subnets).get_mut(id).unwrap().dns64 = false;
    }
}

pub(super) const FAULTS: &[(&str, Change)] = &[
    ("image-ipv4", |w| {
        w.definition.images[0].1 = "ghcr.io/shop/checkout:1".to_owned()
    }),
    ("image-ipv4", |w| {
        w.definition.images[0].1 = "ghcr.io/shop/checkout:1".to_owned();
        alone(w);
    }),
    ("image-ipv4", |w| {
        w.definition.images[0].1 = "10.0.0.5:5000/checkout:1".to_owned()
    }),
    ("image-ipv4", |w| {
        w.definition.images[0].1 = "registry.example.com:5000/checkout:1".to_owned();
        known(w, "registry.example.com", false);
    }),
    ("image-ipv4", |w| {
        w.definition.images[0].1 = "checkout:1".to_owned();
        known(w, "auth.docker.io", false);
    }),
    ("name-ipv4", |w| {
        set(w, "UPSTREAM_URL", "https://api.example.com/v1");
        known(w, "api.example.com", false);
    }),
    ("name-ipv4", |w| {
        set(w, "UPSTREAM_URL", "https://api.example.com/v1");
        known(w, "api.example.com", false);
        alone(w);
    }),
    ("image-ecr", |w| {
        w.plan = plan(&[(
            "    subnets:",
            "    taskDefinition: { ecrDualStack: false }\n    subnets:",
        )]);
    }),
    ("image-partition", |w| {
        w.definition.images[0].1 = "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/a:1".to_owned();
    }),
    ("image-tag", |_| {}),
    ("ipv6-disabled", |w| {
        app(
            w,
            "systemControls",
            json!([{ "namespace": "net.ipv6.conf.all.disable_ipv6", "value": "1" }]),
        );
    }),
    ("name-servers", |w| {
        app(w, "dnsServers", json!(["10.0.0.53"]))
    }),
    ("extra-hosts", |w| {
        app(
            w,
            "extraHosts",
            json!([{ "hostname": "db", "ipAddress": "10.0.1.5" }]),
        );
    }),
    ("fsx", |w| {
        document(
            w,
            |d| {
                d["volumes"] =
                    json!([{ "name": "data", "fsxWindowsFileServerVolumeConfiguration": {} }])
            },
        );
    }),
    ("app-mesh", |w| {
        document(w, |d| {
            d["proxyConfiguration"] = json!({ "type": "APPMESH" })
        })
    }),
    ("log-endpoint", |w| {
        app(
            w,
            "logConfiguration",
            json!({ "logDriver": "awslogs", "options": {
            "awslogs-endpoint": "https://logs.eu-central-1.amazonaws.com",
        } }),
        );
    }),
    ("log-endpoint", |w| {
        app(
            w,
            "logConfiguration",
            json!({ "logDriver": "awslogs", "options": {
            "awslogs-endpoint": "https://logs.eu-central-1.amazonaws.com",
        } }),
        );
        alone(w);
    }),
    ("log-address", |w| {
        app(
            w,
            "logConfiguration",
            json!({ "logDriver": "gelf", "options": { "gelf-address": "udp://10.0.3.7:12201" } }),
        );
    }),
    ("firelens", |w| {
        app(w, "logConfiguration", json!({ "logDriver": "awsfirelens" }))
    }),
    ("restarts-unwatched", |w| {
        app(w, "restartPolicy", json!({ "enabled": true }))
    }),
    ("log-unread", super::lesser::counts_lines),
    ("log-unread", |w| {
        app(w, "logConfiguration", json!({ "logDriver": "splunk" }));
        super::lesser::counts_lines(w);
    }),
    ("ipv4-address", |w| set(w, "DB_HOST", "10.0.1.5")),
    ("ipv4-address", |w| {
        set(w, "DATABASE_URL", "postgres://shop@10.0.1.5:5432/shop")
    }),
    ("ipv4-address", |w| {
        app(w, "command", json!(["run", "--peer=10.0.1.5:7000"]))
    }),
    ("ipv4-address", |w| set(w, "NOTE", "moved (was 10.0.1.5)")),
    ("ipv4-blocks", |w| {
        set(w, "TRUSTED_PROXIES", "127.0.0.1/32,10.0.0.0/8")
    }),
    ("binds-ipv4", |w| set(w, "HOST", "0.0.0.0")),
    ("binds-ipv4", |w| {
        app(w, "command", json!(["gunicorn", "--bind", "0.0.0.0:8080"]))
    }),
    ("java-prefers-ipv4", |w| {
        set(
            w,
            "JAVA_TOOL_OPTIONS",
            "-Xmx1g -Djava.net.preferIPv4Stack=true",
        )
    }),
    ("prefers-ipv4", |w| {
        set(w, "NODE_OPTIONS", "--dns-result-order=ipv4first")
    }),
    ("health-localhost", |w| {
        app(
            w,
            "healthCheck",
            json!({ "command": ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"] }),
        );
    }),
    ("connect-loopback", |w| {
        super::service(w).offered_ports = vec!["web".to_owned()];
        app(
            w,
            "portMappings",
            json!([{ "name": "web", "containerPort": 8080 }]),
        );
    }),
    ("connect-loopback", |w| {
        super::service(w).offered_ports = vec!["web".to_owned()];
        app(
            w,
            "portMappings",
            json!([{ "name": "web", "containerPort": 8080 }]),
        );
        app(
            w,
            "healthCheck",
            json!({ "command": ["CMD-SHELL", "curl -f http://127.0.0.1:8080/ || exit 1"] }),
        );
    }),
    ("no-proxy", |w| set(w, "NO_PROXY", "localhost,10.0.0.0/8")),
    ("pinned-endpoint", |w| {
        set(
            w,
            "QUEUE_URL",
            "https://sqs.eu-central-1.amazonaws.com/123456789012/orders",
        )
    }),
    ("pinned-endpoint", |w| {
        set(
            w,
            "QUEUE_URL",
            "https://sqs.eu-central-1.amazonaws.com/123456789012/orders",
        );
        alone(w);
    }),
    ("sdk-dual-stack", |w| {
        document(w, |d| {
            d["taskRoleArn"] = json!("arn:aws:iam::123456789012:role/checkout")
        });
        alone(w);
    }),
];

/// What looks like a fault, and is none.
#[test]
fn harmless_words_are_not_accused() {
    let harmless: &[Change] = &[
        |w| set(w, "APP_VERSION", "1.2.3.4"),
        |w| set(w, "STATSD_HOST", "127.0.0.1"),
        |w| {
            set(
                w,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "http://169.254.170.2/v2",
            )
        },
        |w| {
            set(
                w,
                "NO_PROXY",
                "169.254.170.2,10.0.0.0/8,fd00::/8,2001:db8::/56",
            )
        },
        |w| set(w, "ALLOW", "10.0.0.0/8, 2001:db8::/56"),
        |w| set(w, "CIDR", "0.0.0.0/0,::/0"),
        |w| set(w, "HOST", "::"),
        |w| set(w, "SUBNET_MASK", "255.255.255.0"),
        |w| {
            set(
                w,
                "BUCKET",
                "https://b.s3.dualstack.eu-central-1.amazonaws.com/x",
            )
        },
        |w| {
            set(
                w,
                "SECRETS",
                "https://secretsmanager.eu-central-1.amazonaws.com",
            )
        },
        |w| {
            app(
                w,
                "healthCheck",
                json!({ "command": ["CMD", "curl", "http://127.0.0.1:8080/"] }),
            )
        },
        |w| document(w, |d| d["taskRoleArn"] = json!("")),
    ];
    for change in harmless {
        let world = super::broken(*change);
        let found = super::findings(&world.plan, &world.look());
        assert_eq!(found, [], "{}", world.definition.document);
    }
}

/// The twin has the plan's variables, so they are what is judged.
#[test]
fn a_plan_that_sets_a_variable_right_is_not_accused_of_the_old_one() {
    let edits = "    taskDefinition: { env: { HOST: \"::\" } }\n    subnets:";
    let mut world = World::scaled(plan(&[("    subnets:", edits)]));
    set(&mut world, "HOST", "0.0.0.0");
    assert_eq!(super::findings(&world.plan, &world.look()), []);
}
