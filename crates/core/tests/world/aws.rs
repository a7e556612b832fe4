//! Reading the toy as an observation, and writing to it: AWS's effects and the refusals that matter.

use sixshift_core::{
    action::{Action, NewTwin, Side},
    names::{family, tag},
    observation::{
        Known, Look, Observation, Pair, Place, Rollout, Route, ScalingPart, Subnets, Task,
    },
};

use super::*;
use build::{definition, deployment, group, group_arn, service, targets};

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
            ipv4: known(self.ipv4.clone()),
            twin: known(self.twin.clone()),
            ipv4_task_definition: known(self.ipv4.as_ref().map(|_| self.definition.clone())),
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
                        place: Place::default(),
                        load_balancer: build::balancer_arn(),
                        forward: w.forward.clone(),
                        actions: self.actions.iter().map(|a| (*a).to_owned()).collect(),
                        fingerprint: fingerprint(&w.forward),
                    })
                    .collect(),
            ),
            route_tags: Known::Seen(self.route_tags.clone()),
            ipv4_scaling: known(self.ipv4_scaling.clone()),
            twin_scaling: known(self.twin_scaling.clone()),
            twin_tasks: known(self.twin.as_ref().map(|t| self.tasks(t))),
            recent: Known::Seen(self.recent()),
            long: known(self.long()),
            before: known(self.twin.as_ref().map(|_| self.before())),
            alarms: Known::Seen(self.alarms.clone()),
            subnets: Known::Seen(Subnets::Told(self.subnets.clone())),
            quotas: Known::Seen(self.quotas.clone()),
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

    /// Applies an action as AWS would.
    pub fn apply(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::CreateTargetGroup { from, name, tags } => self.create_group(from, name, tags),
            Action::CopyAttributes {
                target_group,
                attributes,
            } => {
                self.ipv6_group(target_group)?
                    .attributes
                    .extend(attributes.clone());
            }
            Action::TagTargetGroup {
                target_group, tags, ..
            } => {
                if let Some(refusal) = self.refuses_notes {
                    return Err(refusal.to_owned());
                }
                taken(tags)?;
                self.ipv6_group(target_group)?.tags.extend(tags.clone());
            }
            Action::UntagTargetGroup { target_group, keys } => {
                self.ipv6_group(target_group)?
                    .tags
                    .retain(|k, _| !keys.contains(k));
            }
            Action::SetForward {
                route,
                expects,
                forward,
                ..
            } => self.set_forward(route, expects, forward)?,
            Action::DeleteTargetGroup { target_group } => self.delete_group(target_group)?,
            Action::RegisterTaskDefinition { tags, images, .. } => {
                let mut new = definition(&family(&self.plan), self.derived.len() + 1);
                new.registered_at = self.now;
                new.images = images.clone().into_iter().collect();
                new.tags = tags.clone();
                self.derived.push(new);
            }
            Action::CreateService(twin) => self.create_service(twin)?,
            Action::RollTwin {
                task_definition,
                subnets,
                security_groups,
                ..
            } => {
                let now = self.now;
                let twin = self.twin.as_mut().ok_or("ServiceNotFoundException")?;
                twin.subnets.clone_from(subnets);
                twin.security_groups.clone_from(security_groups);
                deploy(twin, task_definition, now);
                self.scaled.insert("ipv6", now);
            }
            Action::CopyDeployment { settings, .. } => {
                let twin = self.twin.as_mut().ok_or("ServiceNotFoundException")?;
                twin.deployment.clone_from(settings);
            }
            Action::ScaleService { side, desired, .. } => self.scale(*side, *desired)?,
            Action::DeleteService { .. } => {
                let service = self.ipv4.as_mut().ok_or("ServiceNotFoundException")?;
                if service.desired > 0 {
                    return Err("InvalidParameterException: scaled above 0".to_owned());
                }
                service.status = "DRAINING".to_owned();
                self.scaled.insert("ipv4", self.now);
            }
            Action::SetScaling {
                side,
                bounds,
                suspended,
                ..
            } => {
                let scaling = match side {
                    Side::Ipv4 => &mut self.ipv4_scaling,
                    Side::Ipv6 => &mut self.twin_scaling,
                };
                if scaling.is_none() {
                    let bounds = bounds.ok_or("ValidationException: no bounds")?;
                    *scaling = Some(Scaling {
                        min: bounds.min,
                        max: bounds.max,
                        suspended: *suspended,
                        arn: None,
                        policies: vec![],
                        scheduled: vec![],
                        unknown: vec![],
                    });
                }
                let scaling = scaling.as_mut().unwrap();
                if let Some(bounds) = bounds {
                    (scaling.min, scaling.max) = (bounds.min, bounds.max);
                }
                scaling.suspended = *suspended;
                let (min, max) = (scaling.min, scaling.max);
                self.move_into(*side, min, max)?;
            }
            Action::CopyPolicy {
                policy, settings, ..
            } => put(&mut self.twin_scaling()?.policies, policy, settings),
            Action::CopyScheduled { name, settings, .. } => {
                put(&mut self.twin_scaling()?.scheduled, name, settings)
            }
            Action::DeletePolicy { policy, .. } => {
                self.twin_scaling()?.policies.retain(|p| p.name != *policy);
            }
            Action::DeleteScheduled { name, .. } => {
                self.twin_scaling()?.scheduled.retain(|p| p.name != *name);
            }
            Action::DeleteScaling { .. } => self.ipv4_scaling = None,
        }
        Ok(())
    }

    fn twin_scaling(&mut self) -> Result<&mut Scaling, String> {
        let scaling = self.twin_scaling.as_mut();
        scaling.ok_or_else(|| "ObjectNotFoundException".to_owned())
    }

    /// A capacity outside its bounds is moved into them at once.
    fn move_into(&mut self, side: Side, min: u32, max: u32) -> Result<(), String> {
        let service = match side {
            Side::Ipv4 => &self.ipv4,
            Side::Ipv6 => &self.twin,
        };
        let desired = service.as_ref().map_or(0, |s| s.desired);
        if (min..=max).contains(&desired) {
            return Ok(());
        }
        self.scale(side, desired.clamp(min, max))
    }

    pub fn ipv6_group(&mut self, arn: &str) -> Result<&mut TargetGroup, String> {
        self.groups
            .iter_mut()
            .filter_map(|g| g.ipv6.as_mut())
            .find(|g| g.arn == arn)
            .ok_or_else(|| "TargetGroupNotFound".to_owned())
    }

    fn create_group(&mut self, from: &str, name: &str, tags: &BTreeMap<String, String>) {
        for groups in self.groups.iter_mut().filter(|g| g.ipv4_arn == from) {
            let mut new = group(name, "ipv6", targets("", 0));
            // AWS's defaults: a partner is not alike by itself.
            new.attributes.insert(
                "deregistration_delay.timeout_seconds".to_owned(),
                "300".to_owned(),
            );
            new.load_balancers.clear();
            new.tags.clone_from(tags);
            groups.ipv6 = Some(new);
        }
    }

    fn set_forward(
        &mut self,
        route: &RouteId,
        expects: &str,
        next: &Forward,
    ) -> Result<(), String> {
        let way = self
            .ways
            .iter_mut()
            .find(|w| w.id == *route)
            .ok_or("RuleNotFound")?;
        if fingerprint(&way.forward) != expects {
            return Err("the route changed".to_owned());
        }
        if next.groups.len() > 5 || next.groups.iter().any(|g| g.weight > 999) {
            return Err("ValidationError".to_owned());
        }
        way.forward = next.clone();
        self.remember_shares();
        Ok(())
    }

    fn remember_shares(&mut self) {
        for way in &self.ways {
            for groups in &self.groups {
                let Some(ipv6) = &groups.ipv6 else { continue };
                let share = sixshift_core::router::share(&way.forward, &groups.ipv4_arn, &ipv6.arn);
                if let Some(share) = share {
                    self.shares
                        .entry(way.id.clone())
                        .or_default()
                        .push(share.basis_points());
                }
            }
        }
    }

    fn delete_group(&mut self, arn: &str) -> Result<(), String> {
        if self.is_attached(arn) {
            return Err("ResourceInUse".to_owned());
        }
        for groups in self.groups.iter_mut().filter(|g| g.ipv4_arn == arn) {
            groups.ipv4 = None;
        }
        Ok(())
    }

    fn create_service(&mut self, new: &NewTwin) -> Result<(), String> {
        if new.target_groups.values().any(|arn| !self.is_attached(arn)) {
            return Err("the target group does not have an associated load balancer".to_owned());
        }
        let mut twin = service(&new.name, &new.task_definition, new.desired, self.now);
        twin.running = 0;
        let original = self.ipv4.as_ref().map(|s| s.deployment.clone());
        twin.deployment = sixshift_core::twin::deployment(&original.unwrap_or_default(), false);
        twin.subnets.clone_from(&new.subnets);
        twin.security_groups.clone_from(&new.security_groups);
        twin.tags.clone_from(&new.tags);
        let registered = |arn: &String| sixshift_core::observation::ServiceLoadBalancer {
            target_group: Some(arn.clone()),
            container: "app".to_owned(),
            port: 8080,
            advanced: false,
        };
        twin.load_balancers = new.target_groups.values().map(registered).collect();
        twin.deployments = vec![deployment(
            &new.task_definition,
            self.now,
            Rollout::InProgress,
        )];
        self.twin = Some(twin);
        self.scaled.insert("ipv6", self.now);
        Ok(())
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

    /// A tag on the first IPv6 target group.
    pub fn note(&self, key: &str) -> Option<&str> {
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

fn put(parts: &mut Vec<ScalingPart>, name: &str, settings: &serde_json::Value) {
    let alarms = parts
        .iter()
        .find(|p| p.name == name)
        .map(|p| p.alarms.clone());
    parts.retain(|p| p.name != name);
    parts.push(ScalingPart {
        name: name.to_owned(),
        settings: settings.clone(),
        alarms: alarms.unwrap_or_default(),
    });
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
