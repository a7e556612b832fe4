//! A plan as the document that means it: what the program writes, and what its revision is the hash of.
//!
//! A field at its default is left out, so a plan that spells it out is the same revision, and so is every plan when the
//! format gains a field.

use super::{
    gauge::{Bound, Gauge, MissingPoint, OfTasks, Source},
    model::{
        Choice, ClientErrorLimit, ContainerEdits, Drift, ErrorRateLimit, HealthPolicy, InPlace,
        Ipv6, LatencyLimit, OnBad, OnError, OnTooFew, Plan, Preflight, Retire, RetireApproval,
        ServiceRef, Shift, Step, StepGate, TaskDefinitionEdits, Waiver, Way,
    },
    parse::default_expected,
    probe::{HttpProbe, Probe},
    source::{
        self, DEFAULT_BAKE, DEFAULT_CLIENT_ERRORS, DEFAULT_DELETE, DEFAULT_GATE_TIMEOUT,
        DEFAULT_KEEP_COLD, DEFAULT_MIN_DRAIN, DEFAULT_MIN_REQUESTS, DEFAULT_MIN_SAMPLES,
        DEFAULT_PERIOD, DEFAULT_PROBE_TIMES, DEFAULT_PROOF,
    },
    spelling,
};
use crate::share::Share;

/// The value, unless it is what its absence means.
fn unless<T: PartialEq>(default: &T, value: T) -> Option<T> {
    (value != *default).then_some(value)
}

fn unless_empty<T: Default + PartialEq>(value: T) -> Option<T> {
    unless(&T::default(), value)
}

fn percent(fraction: f64) -> source::Percent {
    source::Percent(spelling::percent_text(
        (fraction * 1_000_000.0).round() as u64
    ))
}

fn duration(value: std::time::Duration) -> source::DurationText {
    source::DurationText(spelling::duration_text(value))
}

fn duration_unless(default: &str, value: std::time::Duration) -> Option<source::DurationText> {
    (spelling::duration(default) != Some(value)).then(|| duration(value))
}

impl From<&Plan> for source::Document {
    fn from(plan: &Plan) -> Self {
        Self {
            api_version: source::ApiVersion::V1,
            kind: source::DocumentKind::MigrationPlan,
            metadata: source::Metadata {
                name: plan.name.clone(),
                labels: unless_empty(plan.labels.clone()),
            },
            spec: source::Spec::from(plan),
        }
    }
}

impl From<&Plan> for source::Spec {
    fn from(plan: &Plan) -> Self {
        Self {
            paused: plan.paused.then_some(true),
            service: source::Service::from(&plan.service),
            ipv6: source::Ipv6::from(&plan.ipv6),
            warm: plan.probe.as_ref().map(warm),
            shift: source::Shift::from(&plan.shift),
            health: health(plan),
            retire: unless_empty(source::Retire::from(&plan.retire)),
            drift: unless(&Drift::default(), plan.drift),
            preflight: unless_empty(source::Preflight::from(&plan.preflight)),
        }
    }
}

fn warm(probe: &Probe) -> source::Warm {
    let default = default_expected();
    let expect = source::Expect {
        status: (probe.expect.status != default.status).then(|| probe.expect.status_text()),
        latency: (probe.expect.latency != default.latency)
            .then(|| source::LatencyText(spelling::latency_text(probe.expect.latency))),
    };
    let HttpProbe {
        method,
        path,
        host,
        headers,
    } = &probe.http;
    source::Warm {
        probe: Some(source::Probe {
            http: source::HttpProbe {
                path: path.clone(),
                method: (method != "GET").then(|| method.clone()),
                host: host.clone(),
                headers: unless_empty(headers.clone()),
            },
            expect: unless_empty(expect),
            times: unless(&DEFAULT_PROBE_TIMES, probe.times),
        }),
    }
}

impl From<&ServiceRef> for source::Service {
    fn from(service: &ServiceRef) -> Self {
        let ServiceRef {
            region,
            cluster,
            name,
            role_arn,
            external_id,
        } = service.clone();
        Self {
            region,
            cluster,
            name,
            role_arn,
            external_id,
        }
    }
}

impl From<&Ipv6> for source::Ipv6 {
    fn from(ipv6: &Ipv6) -> Self {
        let TaskDefinitionEdits {
            ecr_dual_stack,
            env,
            containers,
        } = ipv6.task_definition.clone();
        let edits = source::TaskDefinition {
            ecr_dual_stack: unless(&true, ecr_dual_stack),
            env: unless_empty(env),
            containers: unless_empty(containers.into_iter().map(container).collect()),
        };
        Self {
            subnets: ipv6.subnets.clone(),
            security_groups: ipv6.security_groups.clone(),
            registry: ipv6.registry.clone().map(|name| source::Registry { name }),
            task_definition: unless_empty(edits),
        }
    }
}

fn container((name, edits): (String, ContainerEdits)) -> (String, source::Container) {
    let env = unless_empty(edits.env);
    (name, source::Container { env })
}

impl From<&Preflight> for source::Preflight {
    fn from(preflight: &Preflight) -> Self {
        let waiver = |w: &Waiver| source::Waiver {
            finding: source::FindingCode(w.finding.to_owned()),
            reason: w.reason.clone(),
        };
        Self {
            waive: unless_empty(preflight.waive.iter().map(waiver).collect()),
        }
    }
}

impl From<&Shift> for source::Shift {
    fn from(shift: &Shift) -> Self {
        let (via, in_place, steps) = match shift.way {
            _ if matches!(shift.choice, Choice::ByService(_)) => {
                (Some(source::Via::Auto), None, None)
            }
            Way::Weights => (None, None, Some(&shift.steps)),
            Way::Lattice => (Some(source::Via::Lattice), None, Some(&shift.steps)),
            Way::Families => (Some(source::Via::Nlb), None, Some(&shift.steps)),
            Way::Tasks => (Some(source::Via::TaskCount), None, Some(&shift.steps)),
            Way::Names => (Some(source::Via::CloudMap), None, None),
            Way::InPlace(how) => (
                Some(source::Via::InPlace),
                unless_empty(source::InPlace::from(how)),
                None,
            ),
        };
        Self {
            via,
            in_place,
            steps: steps.map(|steps| steps.iter().map(|s| step(s, shift.way)).collect()),
            bake: duration_unless(DEFAULT_BAKE, shift.bake),
        }
    }
}

impl From<InPlace> for source::InPlace {
    fn from(how: InPlace) -> Self {
        Self {
            proof: how.proof.is_none().then_some(source::ProofBy::None),
            hold: how
                .proof
                .and_then(|hold| duration_unless(DEFAULT_PROOF, hold)),
            behind_load_balancer: how
                .behind_balancer
                .then_some(source::BehindLoadBalancer::Accept),
        }
    }
}

fn step(step: &Step, way: Way) -> source::Step {
    let (weight, clients) = match way {
        Way::Families if step.weight == Share::CLIENTS => (None, Some(source::Clients::Ipv6)),
        Way::Families => (None, Some(source::Clients::All)),
        Way::Weights | Way::Lattice | Way::Tasks | Way::Names | Way::InPlace(_) => {
            (Some(percent(step.weight.fraction())), None)
        }
    };
    source::Step {
        weight,
        clients,
        hold: (!step.hold.is_zero()).then(|| duration(step.hold)),
        gate: gate(&step.gate),
    }
}

fn gate(gate: &StepGate) -> Option<source::StepGate> {
    match gate {
        StepGate::Auto | StepGate::Consumers => None,
        StepGate::Approval => Some(source::StepGate::Approval),
        StepGate::Webhook(gate) => Some(source::StepGate::Webhook(source::WebhookGate {
            url: gate.url.clone(),
            timeout: duration_unless(DEFAULT_GATE_TIMEOUT, gate.timeout),
            on_error: unless(&OnError::default(), gate.on_error),
        })),
    }
}

/// Without a load balancer alarms are named in any case, none of them if there are none.
fn health(plan: &Plan) -> source::Health {
    let mut health = source::Health::from(&plan.health);
    if plan.shift.way == Way::Families {
        // Nothing counts it there.
        health.client_error_rate = None;
    }
    if plan.is_unbalanced() {
        health.alarms = Some(plan.health.alarms.clone());
    }
    health
}

impl From<&HealthPolicy> for source::Health {
    fn from(health: &HealthPolicy) -> Self {
        let own = health.metrics.iter();
        let own = own.filter(|m| m.of_tasks().is_none() && m.lines().is_none());
        Self {
            error_rate: health.error_rate.map(source::ErrorRate::from),
            client_error_rate: client_errors(health.client_error_rate),
            latency_p99: health.latency_p99.map(source::LatencyP99::from),
            min_requests: unless(&DEFAULT_MIN_REQUESTS, health.min_requests),
            on_too_few: unless(&OnTooFew::default(), health.on_too_few),
            alarms: unless_empty(health.alarms.clone()),
            metrics: unless_empty(own.map(source::Metric::from).collect()),
            tasks: tasks(&health.metrics),
            logs: unless_empty(health.metrics.iter().filter_map(lines).collect()),
            on_bad: unless(&OnBad::default(), health.on_bad),
        }
    }
}

/// Those that stand apart, as parts of what is reserved.
fn tasks(metrics: &[Gauge]) -> Option<source::Tasks> {
    let of = |of| metrics.iter().find(|m| m.of_tasks() == Some(of));
    let max = |gauge: &Gauge| match gauge.bound {
        Some(Bound::Max(max)) => Some(percent(max / 100.0)),
        Some(Bound::Min(_)) | None => None,
    };
    let cpu = of(OfTasks::Cpu).and_then(max);
    let cpu = cpu.map(|max| source::CpuLimit { max });
    let memory = of(OfTasks::Memory).map(|gauge| source::MemoryLimit {
        max: max(gauge),
        worse_than_ipv4_by: gauge.worse_than_ipv4_by.map(percent),
    });
    (cpu.is_some() || memory.is_some()).then_some(source::Tasks { cpu, memory })
}

/// What is counted of the log.
fn lines(gauge: &Gauge) -> Option<source::LogLines> {
    let max = match gauge.bound {
        Some(Bound::Max(max)) => Some(max),
        Some(Bound::Min(_)) | None => None,
    };
    Some(source::LogLines {
        name: Some(gauge.name.clone()),
        pattern: gauge.lines()?.pattern.as_str().to_owned(),
        max,
        worse_than_ipv4_by: gauge.worse_than_ipv4_by.map(percent),
        min_samples: unless(&DEFAULT_MIN_SAMPLES, gauge.min_samples),
        missing: unless(&MissingPoint::default(), gauge.missing),
        dry_run: gauge.dry_run.then_some(true),
    })
}

impl From<&Gauge> for source::Metric {
    fn from(gauge: &Gauge) -> Self {
        let (metric, expression, using) = match gauge.source.clone() {
            Source::Stat(stat) => (Some(stat), None, None),
            Source::Math { expression, using } => {
                (None, Some(expression.text(str::to_owned)), Some(using))
            }
            // They stand apart.
            Source::Lines(_) => (None, None, None),
        };
        let (max, min) = match gauge.bound {
            Some(Bound::Max(max)) => (Some(max), None),
            Some(Bound::Min(min)) => (None, Some(min)),
            None => (None, None),
        };
        Self {
            name: gauge.name.clone(),
            metric,
            expression,
            using,
            period: duration_unless(DEFAULT_PERIOD, gauge.period),
            max,
            min,
            worse_than_ipv4_by: gauge.worse_than_ipv4_by.map(percent),
            min_samples: unless(&DEFAULT_MIN_SAMPLES, gauge.min_samples),
            missing: unless(&MissingPoint::default(), gauge.missing),
            dry_run: gauge.dry_run.then_some(true),
        }
    }
}

impl From<ErrorRateLimit> for source::ErrorRate {
    fn from(limit: ErrorRateLimit) -> Self {
        Self {
            max: percent(limit.max),
            worse_than_ipv4_by: limit.worse_than_ipv4_by.map(percent),
        }
    }
}

/// Switched off is spelled as the limit that nothing can pass.
fn client_errors(limit: Option<ClientErrorLimit>) -> Option<source::ClientErrorRate> {
    let worse_than_ipv4_by = percent(limit.map_or(1.0, |l| l.worse_than_ipv4_by));
    (worse_than_ipv4_by.0 != DEFAULT_CLIENT_ERRORS)
        .then_some(source::ClientErrorRate { worse_than_ipv4_by })
}

impl From<LatencyLimit> for source::LatencyP99 {
    fn from(limit: LatencyLimit) -> Self {
        Self {
            max: source::LatencyText(spelling::latency_text(limit.max)),
            worse_than_ipv4_by: limit.worse_than_ipv4_by.map(percent),
        }
    }
}

impl From<&Retire> for source::Retire {
    fn from(retire: &Retire) -> Self {
        Self {
            approval: unless(&RetireApproval::default(), retire.approval),
            min_drain: duration_unless(DEFAULT_MIN_DRAIN, retire.min_drain),
            keep_cold: duration_unless(DEFAULT_KEEP_COLD, retire.keep_cold),
            delete: unless(&DEFAULT_DELETE.to_vec(), retire.delete.clone()),
        }
    }
}
