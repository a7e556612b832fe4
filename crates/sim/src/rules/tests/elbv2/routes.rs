//! Actions, rules of listeners, and their conditions.

use serde_json::{Value as Json, json};

use super::{Case, Ground, forward, ground, with};

fn act(rule: &'static str, actions: fn(&Ground) -> Json) -> Case {
    let ground = ground();
    let input = json!({"ListenerArn": ground.secure, "DefaultActions": actions(&ground)});
    ground.breaks(rule, "ModifyListener", &input)
}

fn create(rule: &'static str, more: Json) -> Case {
    let ground = ground();
    let input = json!({
        "ListenerArn": ground.plain, "Priority": 7, "Actions": [forward(&ground.group)],
        "Conditions": [{"Field": "path-pattern", "Values": ["/x"]}],
    });
    ground.breaks(rule, "CreateRule", &with(input, more))
}

fn when(rule: &'static str, condition: Json) -> Case {
    create(rule, json!({"Conditions": [condition]}))
}

fn redirect(more: Json) -> Json {
    let config = with(json!({"StatusCode": "HTTP_301"}), more);
    json!({"Type": "redirect", "RedirectConfig": config})
}

fn oidc(more: Json) -> Json {
    let config = json!({
        "Issuer": "https://id.example", "AuthorizationEndpoint": "https://id.example/a",
        "TokenEndpoint": "https://id.example/t", "UserInfoEndpoint": "https://id.example/u",
        "ClientId": "shop", "ClientSecret": "secret",
    });
    json!({"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": with(config, more)})
}

fn last(ground: &Ground) -> Json {
    with(forward(&ground.group), json!({"Order": 2}))
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = actions();
    all.extend(rules());
    all.extend(conditions());
    all
}

fn actions() -> Vec<Case> {
    let extra: fn(&Ground) -> Json = |g| {
        let many: Json = (0..11)
            .map(|n| (n.to_string(), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        json!([
            oidc(json!({"AuthenticationRequestExtraParams": many})),
            last(g)
        ])
    };
    vec![
        act("elb-action-has-its-own-configuration", |g| {
            json!([with(
                forward(&g.group),
                json!({"RedirectConfig": {"StatusCode": "HTTP_301", "Port": "1"}})
            )])
        }),
        act(
            "elb-action-has-its-own-configuration",
            |_| json!([{"Type": "fixed-response"}]),
        ),
        act("elb-action-orders-differ", |g| {
            json!([oidc(json!({"x": null})), with(last(g), json!({"Order": 1}))])
        }),
        act("elb-action-orders-differ", |g| {
            json!([oidc(json!({"x": null})), forward(&g.group)])
        }),
        act("elb-redirect-changes-something", |_| {
            json!([redirect(json!({"Query": "a=b"}))])
        }),
        act("elb-redirect-changes-something", |_| {
            json!([redirect(json!({"Path": "/#{path}"}))])
        }),
        act("elb-redirect-stays-secure", |_| {
            json!([redirect(json!({"Protocol": "HTTP", "Port": "80"}))])
        }),
        act("elb-redirect-parts", |_| {
            json!([redirect(json!({"Port": "0"}))])
        }),
        act("elb-redirect-parts", |_| {
            json!([redirect(json!({"Path": "x"}))])
        }),
        act("elb-redirect-parts", |_| {
            json!([redirect(json!({"Path": "/x", "Query": "?a"}))])
        }),
        act(
            "elb-fixed-response-type",
            |_| json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/xml"}}]),
        ),
        act("elb-authentication-endpoints", |g| {
            json!([
                oidc(json!({"TokenEndpoint": "http://id.example/t"})),
                last(g)
            ])
        }),
        act("elb-authentication-extra-parameters", extra),
    ]
}

fn rules() -> Vec<Case> {
    let rewrite = json!({"Rewrites": [{"Regex": "^/a", "Replace": "/b"}]});
    let url = json!({"Type": "url-rewrite", "UrlRewriteConfig": rewrite});
    let on_layer4 = ground();
    let action = json!({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}});
    let input = json!({"ListenerArn": on_layer4.tcp, "DefaultActions": [action]});
    let responds = on_layer4.breaks("elb-network-balancers-forward", "ModifyListener", &input);
    let on_layer4 = ground();
    let input = json!({
        "ListenerArn": on_layer4.tcp, "Priority": 1, "Actions": [forward(&on_layer4.group)],
        "Conditions": [{"Field": "path-pattern", "Values": ["/x"]}],
    });
    let by_path = on_layer4.breaks("elb-conditions-on-network", "CreateRule", &input);
    let family = json!([{"Field": "source-ip", "SourceIpConfig": {"IpAddressType": "ipv6"}}]);
    let mut ipv4 = ground();
    if let Some(balancer) = ipv4.built.world.elb.load_balancers.get_mut(&ipv4.nlb) {
        "ipv4".clone_into(&mut balancer.ip_address_type);
    }
    let input = json!({
        "ListenerArn": ipv4.tcp, "Priority": 1, "Actions": [forward(&ipv4.group)], "Conditions": family,
    });
    let ruled = ipv4.breaks("elb-rules-on-dual-stack", "CreateRule", &input);
    let on_layer7 = ground();
    let input = json!({"RuleArn": on_layer7.rule, "Conditions": family});
    let by_family = on_layer7.breaks("elb-conditions-on-network", "ModifyRule", &input);
    let both = ground();
    let input = json!({"RuleArn": both.rule, "Transforms": [url], "ResetTransforms": true});
    let both = both.breaks("elb-transforms", "ModifyRule", &input);
    vec![
        responds,
        ruled,
        by_path,
        by_family,
        both,
        create("elb-transforms", json!({"Transforms": [url, url]})),
        create(
            "elb-transforms",
            json!({"Transforms": [{"Type": "host-header-rewrite", "UrlRewriteConfig": rewrite}]}),
        ),
        create(
            "elb-transforms",
            json!({"Transforms": [{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": []}}]}),
        ),
    ]
}

fn conditions() -> Vec<Case> {
    let path =
        |values: Json| json!({"Field": "path-pattern", "PathPatternConfig": {"Values": values}});
    let host =
        |values: Json| json!({"Field": "host-header", "HostHeaderConfig": {"Values": values}});
    let header = |name: &str| json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": ["x"]}});
    let characters = "elb-condition-characters";
    vec![
        create("elb-conditions-needed", json!({"Conditions": []})),
        when("elb-condition-fields", json!({"Values": ["/x"]})),
        when(
            "elb-condition-fields",
            json!({"Field": "cookie", "Values": ["x"]}),
        ),
        create(
            "elb-condition-once",
            json!({"Conditions": [path(json!(["/x"])), path(json!(["/y"]))]}),
        ),
        when(
            "elb-condition-has-its-own-configuration",
            json!({"Field": "host-header", "Values": ["a.example"], "HostHeaderConfig": {"Values": ["a.example"]}}),
        ),
        when(
            "elb-condition-has-its-own-configuration",
            json!({"Field": "path-pattern", "HostHeaderConfig": {"Values": ["a.example"]}}),
        ),
        when(
            "elb-condition-has-its-own-configuration",
            json!({"Field": "source-ip", "Values": ["10.0.0.0/8"]}),
        ),
        when("elb-condition-has-a-value", path(json!([]))),
        when("elb-condition-has-a-value", path(json!([""]))),
        when("elb-condition-lengths", path(json!(["/".repeat(129)]))),
        when("elb-condition-lengths", header(&"x".repeat(41))),
        when(
            "elb-condition-lengths",
            json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["G".repeat(41)]}}),
        ),
        when(characters, path(json!(["/a b"]))),
        when(characters, host(json!(["localhost"]))),
        when(characters, host(json!(["shop.example:8443"]))),
        when(characters, host(json!(["10.0.0.1"]))),
        when(characters, header("Host")),
        when(
            characters,
            json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["get"]}}),
        ),
        when(
            characters,
            json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.1"]}}),
        ),
        create(
            "elb-quota-condition-values",
            json!({"Conditions": [path(json!(["/1", "/2", "/3"])), host(json!(["a.example", "b.example", "c.example"]))]}),
        ),
        when(
            "elb-quota-condition-wildcards",
            path(json!(["/*/*", "/*/*", "/*/*", "/?"])),
        ),
    ]
}
