//! A service that is moved in place, and tasks beside it.

use sixshift_core::{
    action::InPlaceCall,
    names::tag,
    observation::{DerivedTask, Known, Observation, Rollout},
};

use super::*;

/// How long the toy takes to find a sick container.
const SICK: SignedDuration = SignedDuration::from_secs(90);

impl World {
    /// A service without a load balancer, and the plan that moves it in place.
    pub fn worker(plan: Plan) -> Self {
        let mut world = Self::new(plan);
        world.groups.clear();
        world.ways.clear();
        let service = world.ipv4.as_mut().unwrap();
        service.load_balancers.clear();
        service.revision = Some(revision(1));
        world.at_first = service.subnets.clone();
        world
    }

    /// Workers that share a queue, three of them, watched by an alarm that is quiet.
    pub fn sharing(plan: Plan) -> Self {
        let mut world = Self::worker(plan);
        world.alarm("queue-age", "OK");
        world
    }

    /// The same, with a scaling of their own.
    pub fn sharing_scaled(plan: Plan) -> Self {
        let mut world = Self::sharing(plan);
        let mut scaling = Self::scaled(build::plan(&[])).ipv4_scaling.unwrap();
        (scaling.min, scaling.max) = (3, 6);
        scaling.policies.clear();
        scaling.scheduled.clear();
        world.ipv4_scaling = Some(scaling);
        world
    }

    /// Three tasks that consumers find by a registry, watched by an alarm that is quiet.
    pub fn registered(plan: Plan) -> Self {
        let mut world = Self::sharing(plan);
        world.is_found();
        world
    }

    /// Three tasks behind one listener, which consumers find by a registry as well.
    pub fn registered_beside() -> Self {
        let named = "  ipv6:\n    registry: { name: checkout-v6 }\n";
        let mut world = Self::new(build::plan(&[("  ipv6:\n", named)]));
        world.is_found();
        world
    }

    fn is_found(&mut self) {
        let own = build::registry("checkout");
        self.ipv4.as_mut().unwrap().registries = vec![own.arn.clone()];
        self.registries = Some(Registries {
            ipv4: own,
            ipv6: Known::Absent,
        });
    }

    /// Without a load balancer, with a scaling of their own.
    pub fn registered_scaled(plan: Plan) -> Self {
        let mut world = Self::registered(plan);
        world.ipv4_scaling = Self::sharing_scaled(build::plan_by_tasks(&[])).ipv4_scaling;
        world
    }

    /// The plan's only alarm says something from now on.
    pub fn alarm(&mut self, name: &str, state: &str) {
        self.alarms = vec![Alarm {
            name: name.to_owned(),
            state: state.to_owned(),
            reason: None,
            since: self.now,
            missing: None,
            watches: vec![],
        }];
    }

    fn moved(&self, service: &Service) -> bool {
        self.plan.in_place().is_some() && service.subnets == self.plan.ipv6.subnets
    }

    /// The service as AWS tells of it: one whose tasks fail on IPv6 never completes its deployment.
    pub(super) fn in_place(&self) -> Option<Service> {
        let mut service = self.ipv4.clone()?;
        if self.moved(&service) && self.on_ipv6.sick.is_some() {
            let now = self.now;
            for deployment in service.deployments.iter_mut().filter(|d| d.primary) {
                deployment.rollout = Rollout::InProgress;
                let age = now.duration_since(deployment.created_at).as_secs();
                deployment.failed_tasks = u32::try_from(age / 30).unwrap_or_default();
            }
        }
        Some(service)
    }

    /// What a service runs.
    pub(super) fn running(&self, service: &Service) -> TaskDefinition {
        let derived = self.derived.iter().rev();
        let mut derived = derived.filter(|d| d.arn == service.task_definition);
        derived.next().unwrap_or(&self.definition).clone()
    }

    pub(super) fn beside(&self) -> Known<Vec<DerivedTask>> {
        let is_over = self.noted_in_place(tag::BAKED).is_some();
        if self.plan.in_place().is_none() || is_over {
            return Known::Absent;
        }
        Known::Seen(self.derived_tasks.iter().map(|t| self.lives(t)).collect())
    }

    fn lives(&self, task: &DerivedTask) -> DerivedTask {
        let mut task = task.clone();
        let age = self.now.duration_since(task.created_at);
        if task.task.status == "STOPPED" || age < START {
            return task;
        }
        "RUNNING".clone_into(&mut task.task.status);
        task.task.started_at = Some(task.created_at + START);
        task.task.ipv6 = Some("2001:db8::1".to_owned());
        task.task.ipv4 = self.on_ipv6.ipv4_address.then(|| "10.9.0.1".to_owned());
        if let Some(why) = self.on_ipv6.sick.filter(|_| age >= START + SICK) {
            "STOPPED".clone_into(&mut task.task.status);
            task.task.stopped = Some(why.to_owned());
        }
        task
    }

    pub(super) fn refuse_in_place(&self, call: &InPlaceCall) -> Result<(), String> {
        let service = self.ipv4.as_ref().ok_or("ServiceNotFoundException")?;
        match call {
            InPlaceCall::StopDeployment if !self.in_place().is_some_and(|s| s.is_deploying()) => {
                Err("ServiceDeploymentNotFoundException".to_owned())
            }
            InPlaceCall::Swap { expects, .. } if service.task_definition != *expects => {
                Err("the service changed".to_owned())
            }
            InPlaceCall::RunTask { token, .. } if token.len() > 64 => {
                Err("InvalidParameterException: clientToken".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What foresight does not know: what AWS names, and what a revision says.
    pub(super) fn in_place_did(&mut self, call: &InPlaceCall) {
        let now = self.now;
        let beside = begun(call, now);
        match call {
            InPlaceCall::RunTask { .. } => {
                let number = self.derived_tasks.len();
                self.derived_tasks.extend(beside.map(|mut task| {
                    task.task.arn = format!("{}:task/prod/proof-{number}", build::ECS);
                    task
                }));
            }
            InPlaceCall::StopTask { task, .. } => {
                let mut tasks = self.derived_tasks.iter_mut();
                if let Some(found) = tasks.find(|t| t.task.arn == *task) {
                    "STOPPED".clone_into(&mut found.task.status);
                }
            }
            InPlaceCall::Swap { .. } => self.deployed(2),
            InPlaceCall::StopDeployment | InPlaceCall::Restore { .. } => {
                if matches!(call, InPlaceCall::Restore { exec: true, .. }) {
                    self.ipv4.as_mut().unwrap().exec = true;
                }
                let (subnets, definition) = (self.at_first.clone(), self.definition.arn.clone());
                let service = self.ipv4.as_mut().unwrap();
                service.subnets = subnets;
                service.task_definition.clone_from(&definition);
                service.deployments =
                    vec![build::deployment(&definition, now, Rollout::InProgress)];
                self.deployed(1);
            }
            InPlaceCall::Protect { .. } | InPlaceCall::Note { .. } | InPlaceCall::Forget { .. } => {
            }
        }
    }

    fn deployed(&mut self, number: u32) {
        self.ipv4.as_mut().unwrap().revision = Some(revision(number));
        self.scaled.insert("ipv4", self.now);
    }

    /// Tags of a definition that was there already.
    pub(super) fn keep_notes(&mut self, seen: &Observation) {
        let Known::Seen(definition) = &seen.twin_task_definition else {
            return;
        };
        for own in self.derived.iter_mut().filter(|d| d.arn == definition.arn) {
            own.tags = definition.tags.clone();
        }
    }

    /// A tag on the derived task definition.
    pub fn noted_in_place(&self, key: &str) -> Option<&str> {
        self.derived.last()?.tags.get(key).map(String::as_str)
    }
}

fn revision(number: u32) -> String {
    format!("{}:service-revision/prod/checkout/{number}", build::ECS)
}

fn begun(call: &InPlaceCall, now: Timestamp) -> Option<DerivedTask> {
    let InPlaceCall::RunTask {
        task_definition,
        started_by,
        ..
    } = call
    else {
        return None;
    };
    Some(DerivedTask {
        task: sixshift_core::observation::Task {
            arn: String::new(),
            status: "PROVISIONING".to_owned(),
            zone: None,
            started_at: None,
            ipv6: None,
            ipv4: None,
            stopped: None,
        },
        started_by: started_by.clone(),
        task_definition: task_definition.clone(),
        created_at: now,
        health: "UNKNOWN".to_owned(),
        of_service: false,
        failed: false,
        stopped_at: None,
    })
}
