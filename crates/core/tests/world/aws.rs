//! Reading the toy as an observation, and writing to it: the refusals that matter, and the effects that core knows
//! ([`sixshift_core::foresee::apply`]).

use sixshift_core::{
    action::{Action, Side},
    foresee::{self, NEW},
    names::{family, tag},
    observation::{Known, Look, Observation, Pair, Place, Rollout, Route, Setting, Subnets, Task},
};

use super::*;
use build::{definition, deployment, group, group_arn};

fn known<T>(value: Option<T>) -> Known<T> {
    value.map_or(Known::Absent, Known::Seen)
}

/// What a write is compared with.
pub fn fingerprint(forward: &Forward) -> String {
    format!("{forward:?}")
}

impl World {
    /// A full look with nothing missing.
    pub fn look(&self) -> Observation {
        let ours = |arn: &str| {
            self.groups
                .iter()
                .any(|g| g.ipv4_arn == arn || g.ipv6.as_ref().is_some_and(|v6| v6.arn == arn))
        };
        let routes = self
            .ways
            .iter()
            .filter(|w| w.forward.groups.iter().any(|g| ours(&g.arn)));
        Observation {
            at: self.now,
            look: Look::Full,
            ipv4: known(self.in_place()),
            twin: known(self.twin.clone()),
            ipv4_task_definition: known(self.ipv4.as_ref().map(|s| self.running(s))),
            ipv4_revision: Known::Seen(self.revision.clone()),
            twin_task_definition: known(self.derived.last().cloned()),
            pairs: Known::Seen(
                self.groups
                    .iter()
                    .map(|g| Pair {
                        ipv4_arn: g.ipv4_arn.clone(),
                        ipv4: known(g.ipv4.clone()),
                        ipv6: known(g.ipv6.clone()),
                        ipv6_name: g.ipv6_name.clone(),
                    })
                    .collect(),
            ),
            load_balancers: Known::Seen(self.balancers.clone()),
            routes: Known::Seen(
                routes
                    .map(|w| Route {
                        id: w.id.clone(),
                        place: Place {
                            listener: self.listener.clone(),
                            conditions: self.conditions.clone(),
                            ..Place::default()
                        },
                        load_balancer: build::balancer_arn(),
                        setting: self
                            .families
                            .clone()
                            .map_or(Setting::Weights, Setting::Families),
                        forward: w.forward.clone(),
                        actions: self.actions.iter().map(|a| (*a).to_owned()).collect(),
                        fingerprint: fingerprint(&w.forward),
                    })
                    .collect(),
            ),
            route_tags: Known::Seen(self.route_tags.clone()),
            ipv4_scaling: known(self.ipv4_scaling.clone()),
            twin_scaling: known(self.twin_scaling.clone()),
            derived_tasks: self.beside(),
            registries: known(self.registries.clone()),
            own_tasks: Known::Absent,
            first_lines: Known::Absent,
            probing: known(self.probing.clone()),
            twin_tasks: known(self.twin.as_ref().map(|t| self.tasks(t))),
            recent: Known::Seen(self.recent()),
            long: known(self.long()),
            readings: self.readings.clone(),
            before: known(self.twin.as_ref().map(|_| self.before())),
            alarms: Known::Seen(self.alarms.clone()),
            subnets: Known::Seen(Subnets::Told(self.subnets.clone())),
            quotas: Known::Seen(self.quotas.clone()),
            ground: Known::Seen(Arc::clone(&self.ground)),
            names: self.names.clone(),
            neighbours: self.neighbours.clone(),
        }
    }

    fn tasks(&self, twin: &Service) -> Vec<Task> {
        (0..twin.running)
            .map(|i| Task {
                arn: format!("{}:task/prod/{i:032}", build::ECS),
                status: "RUNNING".to_owned(),
                zone: Some(build::zone(i)),
                started_at: Some(self.scaled.get("ipv6").copied().unwrap_or(twin.created_at)),
                ipv6: Some(format!("2001:db8::{i}")),
                ipv4: self.on_ipv6.ipv4_address.then(|| format!("10.9.0.{i}")),
                stopped: None,
            })
            .collect()
    }

    /// Applies an action as AWS would: what it refuses, what it makes of it, and what it names itself.
    pub fn apply(&mut self, action: &Action) -> Result<(), String> {
        self.refuse(action)?;
        let mut seen = self.look();
        foresee::apply(action, &mut seen);
        self.keep(&seen);
        if let Action::InPlace(act) = action {
            self.in_place_did(&act.call);
        }
        if matches!(action, Action::SetForward { .. }) {
            self.remember_shares();
        }
        Ok(())
    }

    /// The refusals that matter.
    fn refuse(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::CopyAttributes { target_group, .. }
            | Action::UntagTargetGroup { target_group, .. } => {
                self.ipv6_group(target_group)?;
            }
            Action::TagTargetGroup {
                target_group, tags, ..
            } => {
                if let Some(refusal) = self.refuses_notes {
                    return Err(refusal.to_owned());
                }
                taken(tags)?;
                self.ipv6_group(target_group)?;
            }
            Action::SetForward {
                route,
                expects,
                forward,
                ..
            } => self.refuse_forward(route, expects, forward)?,
            Action::DeleteTargetGroup { target_group } if self.is_attached(target_group) => {
                return Err("ResourceInUse".to_owned());
            }
            Action::CreateService(new) => {
                if new.target_groups.values().any(|arn| !self.is_attached(arn)) {
                    return Err(
                        "the target group does not have an associated load balancer".to_owned()
                    );
                }
            }
            Action::RollTwin { .. } | Action::CopyDeployment { .. } => {
                self.twin.as_ref().ok_or("ServiceNotFoundException")?;
            }
            Action::ScaleService { side, .. } => {
                self.side(*side).ok_or("ServiceNotFoundException")?;
            }
            Action::DeleteService { .. } => {
                let service = self.ipv4.as_ref().ok_or("ServiceNotFoundException")?;
                if service.desired > 0 {
                    return Err("InvalidParameterException: scaled above 0".to_owned());
                }
            }
            Action::SetScaling { side, bounds, .. } => {
                let scaling = match side {
                    Side::Ipv4 => &self.ipv4_scaling,
                    Side::Ipv6 => &self.twin_scaling,
                };
                if scaling.is_none() && bounds.is_none() {
                    return Err("ValidationException: no bounds".to_owned());
                }
            }
            Action::CopyPolicy { .. }
            | Action::CopyScheduled { .. }
            | Action::DeletePolicy { .. }
            | Action::DeleteScheduled { .. } => {
                let scaling = self.twin_scaling.as_ref();
                scaling.ok_or_else(|| "ObjectNotFoundException".to_owned())?;
            }
            Action::InPlace(act) => self.refuse_in_place(&act.call)?,
            Action::CreateTargetGroup { .. }
            | Action::CreateRegistry(_)
            | Action::DeleteTargetGroup { .. }
            | Action::RegisterTaskDefinition { .. }
            | Action::DeleteScaling { .. }
            | Action::MakeProbeRule(_)
            | Action::DropProbeRule { .. }
            | Action::TagTwin { .. }
            | Action::UntagTwin { .. } => {}
        }
        Ok(())
    }

    fn refuse_forward(&self, route: &RouteId, expects: &str, next: &Forward) -> Result<(), String> {
        let mut ways = self.ways.iter();
        let way = ways.find(|w| w.id == *route).ok_or("RuleNotFound")?;
        if fingerprint(&way.forward) != expects {
            return Err("the route changed".to_owned());
        }
        if next.groups.len() > 5 || next.groups.iter().any(|g| g.weight > 999) {
            return Err("ValidationError".to_owned());
        }
        Ok(())
    }

    fn side(&self, side: Side) -> Option<&Service> {
        match side {
            Side::Ipv4 => self.ipv4.as_ref(),
            Side::Ipv6 => self.twin.as_ref(),
        }
    }

    /// From now on this is what a look shows; AWS gives what is new its name.
    fn keep(&mut self, seen: &Observation) {
        let (ipv4, twin) = (seen.ipv4.seen().cloned(), seen.twin.seen().cloned());
        for (key, was, is) in [("ipv4", &self.ipv4, &ipv4), ("ipv6", &self.twin, &twin)] {
            let stirs = |s: &Service| (s.status.clone(), s.desired, s.deployments.clone());
            if was.as_ref().map(stirs) != is.as_ref().map(stirs) {
                self.scaled.insert(key, self.now);
            }
        }
        (self.ipv4, self.twin) = (ipv4, twin);
        self.ipv4_scaling = seen.ipv4_scaling.seen().cloned();
        self.twin_scaling = seen.twin_scaling.seen().cloned();
        for pair in seen.pairs.seen().into_iter().flatten() {
            for own in self
                .groups
                .iter_mut()
                .filter(|g| g.ipv4_arn == pair.ipv4_arn)
            {
                own.ipv4 = pair.ipv4.seen().cloned();
                own.ipv6 = pair.ipv6.seen().cloned();
                for group in own.ipv6.iter_mut().filter(|g| g.arn.ends_with(NEW)) {
                    group.arn = group_arn(&group.name);
                }
            }
        }
        for route in seen.routes.seen().into_iter().flatten() {
            for way in self.ways.iter_mut().filter(|w| w.id == route.id) {
                way.forward = route.forward.clone();
            }
        }
        self.probing = seen.probing.seen().cloned();
        self.registries = seen.registries.seen().cloned();
        if let Some(Registries {
            ipv6: Known::Seen(own),
            ..
        }) = &mut self.registries
        {
            own.arn = own.arn.replace(NEW, "srv-new");
        }
        self.keep_notes(seen);
        if let Some(new) = seen
            .twin_task_definition
            .seen()
            .filter(|d| d.arn.ends_with(NEW))
        {
            let mut named = new.clone();
            named.arn = definition(&family(&self.plan), self.derived.len() + 1)
                .arn
                .clone();
            self.derived.push(named);
        }
    }

    pub fn ipv6_group(&mut self, arn: &str) -> Result<&mut TargetGroup, String> {
        self.groups
            .iter_mut()
            .filter_map(|g| g.ipv6.as_mut())
            .find(|g| g.arn == arn)
            .ok_or_else(|| "TargetGroupNotFound".to_owned())
    }

    fn remember_shares(&mut self) {
        for way in &self.ways {
            for groups in &self.groups {
                let Some(ipv6) = &groups.ipv6 else { continue };
                let share =
                    sixshift_core::way::split::share(&way.forward, &groups.ipv4_arn, &ipv6.arn);
                if let Some(share) = share {
                    self.shares
                        .entry(way.id.clone())
                        .or_default()
                        .push(share.basis_points());
                }
            }
        }
    }

    /// `UpdateService` with a desired count.
    pub fn scale(&mut self, side: Side, desired: u32) -> Result<(), String> {
        let now = self.now;
        let (service, key) = match side {
            Side::Ipv4 => (&mut self.ipv4, "ipv4"),
            Side::Ipv6 => (&mut self.twin, "ipv6"),
        };
        let service = service.as_mut().ok_or("ServiceNotFoundException")?;
        service.desired = desired;
        for deployment in service.deployments.iter_mut().filter(|d| d.primary) {
            deployment.updated_at = now;
        }
        self.scaled.insert(key, now);
        Ok(())
    }

    /// The team's pipeline deploys the IPv4 service.
    pub fn deploy_ipv4(&mut self) {
        let now = self.now;
        let next = self
            .definition
            .arn
            .rsplit(':')
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap()
            + 1;
        self.definition = definition("checkout", next);
        let arn = self.definition.arn.clone();
        deploy(self.ipv4.as_mut().unwrap(), &arn, now);
        self.scaled.insert("ipv4", now);
    }

    /// Somebody sets the weights of a route by hand.
    pub fn edit_by_hand(&mut self, way: usize, ipv4: u16, ipv6: u16) {
        let groups = self.groups[way.min(self.groups.len() - 1)].clone();
        let arn = groups.ipv6.unwrap().arn;
        for group in &mut self.ways[way].forward.groups {
            if group.arn == groups.ipv4_arn {
                group.weight = ipv4;
            } else if group.arn == arn {
                group.weight = ipv6;
            }
        }
    }

    /// A tag on the first IPv6 target group, or on the twin where there is none.
    pub fn note(&self, key: &str) -> Option<&str> {
        if self.plan.has_lone_twin() {
            return self.twin.as_ref()?.tags.get(key).map(String::as_str);
        }
        self.groups[0]
            .ipv6
            .as_ref()?
            .tags
            .get(key)
            .map(String::as_str)
    }

    /// The noted share, without its moment.
    pub fn share_note(&self) -> &str {
        let note = self.note(tag::SHARE).unwrap_or("none");
        note.split_once('@').map_or(note, |(share, _)| share)
    }

    pub fn foreign_group(&mut self) {
        let name = self.groups[0].ipv6_name.clone();
        let mut stranger = group(&name, "ipv6", vec![]);
        stranger.arn = group_arn(&name);
        self.groups[0].ipv6 = Some(stranger);
    }
}

/// What AWS takes as tags; of letters beyond ASCII it takes some, of which no note needs any.
fn taken(tags: &BTreeMap<String, String>) -> Result<(), String> {
    let fine = |t: &String| {
        t.chars()
            .all(|c| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c))
    };
    let short = |(k, v): (&String, &String)| k.len() <= 128 && v.len() <= 256;
    let all = tags.iter().all(|(k, v)| fine(k) && fine(v)) && tags.iter().all(short);
    all.then_some(())
        .ok_or_else(|| format!("ValidationError: {tags:?}"))
}

fn deploy(service: &mut Service, definition: &str, now: Timestamp) {
    service.task_definition = definition.to_owned();
    for old in &mut service.deployments {
        old.primary = false;
    }
    service
        .deployments
        .insert(0, deployment(definition, now, Rollout::InProgress));
}
