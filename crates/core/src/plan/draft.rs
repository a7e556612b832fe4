//! A plan that nobody has written yet: the defaults of the format around a service.
//!
//! What belongs here: what stands where nothing is said. What must not: what would suit the service ([`crate::proposal`]).

use super::{
    gauge::OfTasks,
    identity,
    model::{
        Choice, Drift, ErrorRateLimit, HealthPolicy, InPlace, Ipv6, OnBad, OnTooFew, Origin, Plan,
        Preflight, ServiceRef, Shift, Step, StepGate, TaskDefinitionEdits, Way,
    },
    parse::{
        ask_for_consumers, default_bake, default_client_errors, default_proof, default_retire,
        names_steps, usual_steps,
    },
    source::DEFAULT_MIN_REQUESTS,
};
use crate::share::Share;

/// What a plan's first limit is, as in the examples: one request in a hundred.
const FAILED: f64 = 0.01;

impl Plan {
    /// All traffic in one step, with one limit, and without subnets: enough to look at a service by, not to migrate it.
    #[must_use]
    pub fn draft(name: &str, service: &ServiceRef) -> Self {
        let mut plan = Self {
            name: name.to_owned(),
            labels: Default::default(),
            uid: identity::uid(service, name),
            revision: identity::no_revision(),
            origin: Origin::default(),
            paused: false,
            service: service.clone(),
            ipv6: Ipv6 {
                subnets: Vec::new(),
                security_groups: None,
                registry: None,
                task_definition: TaskDefinitionEdits {
                    ecr_dual_stack: true,
                    env: Default::default(),
                    containers: Default::default(),
                },
            },
            shift: Shift {
                way: Way::default(),
                choice: Choice::default(),
                steps: vec![all_at_once()],
                bake: default_bake(),
            },
            health: HealthPolicy {
                error_rate: Some(ErrorRateLimit {
                    max: FAILED,
                    worse_than_ipv4_by: None,
                }),
                client_error_rate: default_client_errors(),
                latency_p99: None,
                min_requests: DEFAULT_MIN_REQUESTS,
                on_too_few: OnTooFew::default(),
                alarms: Vec::new(),
                metrics: Vec::new(),
                on_bad: OnBad::default(),
            },
            probe: None,
            retire: default_retire(),
            drift: Drift::default(),
            preflight: Preflight::default(),
        };
        plan.revision = identity::revision(&plan);
        plan
    }

    /// The same for a service behind a Network Load Balancer.
    #[must_use]
    pub fn draft_families(name: &str, service: &ServiceRef) -> Self {
        let mut plan = Self::draft(name, service);
        plan.lead_families();
        plan.revision = identity::revision(&plan);
        plan
    }

    /// The same for a service behind VPC Lattice.
    #[must_use]
    pub fn draft_lattice(name: &str, service: &ServiceRef) -> Self {
        let mut plan = Self::draft(name, service);
        plan.move_by_lattice();
        plan.revision = identity::revision(&plan);
        plan
    }

    /// The same for a service whose consumers move to another name by themselves.
    #[must_use]
    pub fn draft_names(name: &str, service: &ServiceRef, registry: String) -> Self {
        let mut plan = Self::draft(name, service);
        plan.ipv6.registry = Some(registry);
        plan.move_by_names();
        plan.revision = identity::revision(&plan);
        plan
    }

    /// The same for a service that is moved in place, after one task beside it.
    #[must_use]
    pub fn draft_in_place(name: &str, service: &ServiceRef) -> Self {
        let mut plan = Self::draft(name, service);
        plan.move_in_place();
        plan.revision = identity::revision(&plan);
        plan
    }

    /// The usual steps of a move by weights.
    pub(crate) fn move_by_weights(&mut self) {
        self.shift.way = Way::Weights;
        self.shift.steps = usual_steps();
        self.name_beside();
    }

    /// The same of a service of VPC Lattice.
    pub(crate) fn move_by_lattice(&mut self) {
        self.shift.way = Way::Lattice;
        self.shift.steps = usual_steps();
        self.name_beside();
    }

    /// The usual steps of a move by the clients' families, without what nobody counts there.
    pub(crate) fn lead_families(&mut self) {
        self.shift.way = Way::Families;
        self.health.client_error_rate = None;
        self.health.latency_p99 = None;
        if let Some(limit) = &mut self.health.error_rate {
            limit.worse_than_ipv4_by = None;
        }
        let first = Step {
            weight: Share::CLIENTS,
            hold: std::time::Duration::from_secs(15 * 60),
            gate: StepGate::Auto,
        };
        self.shift.steps = vec![first, all_at_once()];
        self.name_beside();
    }

    /// Where the twin has a name beside its load balancer: a person is asked for those who use it.
    fn name_beside(&mut self) {
        if self.has_registry() {
            ask_for_consumers(&mut self.shift);
            self.count_received();
        }
    }

    fn count_received(&mut self) {
        let metrics = std::mem::take(&mut self.health.metrics);
        self.health.metrics = OfTasks::counting_received(metrics, &self.shift);
    }

    /// The one move of consumers by themselves, without what only a load balancer counts, and with what tells who still comes.
    pub(crate) fn move_by_names(&mut self) {
        self.shift.way = Way::Names;
        self.shift.steps = names_steps();
        self.health.error_rate = None;
        self.health.client_error_rate = None;
        self.health.latency_p99 = None;
        self.count_received();
    }

    /// The usual move in place, without what only a load balancer counts.
    pub(crate) fn move_in_place(&mut self) {
        self.shift.way = Way::InPlace(InPlace {
            proof: Some(default_proof()),
            behind_balancer: false,
        });
        self.shift.steps = vec![all_at_once()];
        self.health.error_rate = None;
        self.health.client_error_rate = None;
        self.health.latency_p99 = None;
    }
}

fn all_at_once() -> Step {
    Step {
        weight: Share::ALL,
        hold: std::time::Duration::ZERO,
        gate: StepGate::Auto,
    }
}
