//! Tasks: their states from provisioning to stopped, their addresses, and whether their images can be pulled.
//!
//! What belongs here: what one task goes through. What must not: how many tasks a service wants.

use jiff::Timestamp;

use super::World;
use super::behaviour::{Family, Told};
use super::clock::{Wake, later, seconds};
use super::containers::{self, Application};
use super::{admission, breaker, buckets, counted, fargate, health, mounts, pulls, rng, scheduler};
use crate::Value;

/// ECS puts a target back that somebody took out by hand, at once as its users say (aws/containers-roadmap#251).
const REGISTERED_AGAIN: f64 = 10.0;

/// The states of a task, in AWS's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum TaskState {
    Provisioning,
    Pending,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
}

impl TaskState {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its place in the order of starts.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The name of its cluster.
    pub cluster: String,
    /// `service:name`, `family:name`, or what RunTask was given.
    pub group: String,
    /// The ARN of its service.
    pub service: Option<String>,
    /// The id of its deployment, or who started it.
    pub started_by: String,
    /// The ARN of its task definition.
    pub task_definition: String,
    /// `FARGATE`, `EC2`.
    pub launch_type: String,
    /// The capacity provider that it was placed by.
    pub provider: Option<String>,
    /// The ARN of the container instance that it is placed on.
    pub instance: Option<String>,
    /// What it takes of Fargate.
    pub takes: Option<fargate::Taken>,
    /// Its state.
    pub state: TaskState,
    /// When its next state is due: what was put down for another moment counts no more.
    pub(crate) due: Timestamp,
    /// Whether it is meant to run.
    pub wanted: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its images began to be pulled.
    pub pulling_at: Option<Timestamp>,
    /// When it ran.
    pub started_at: Option<Timestamp>,
    /// When it began to stop.
    pub stopping_at: Option<Timestamp>,
    /// When its containers had stopped.
    pub ended_at: Option<Timestamp>,
    /// When it had stopped.
    pub stopped_at: Option<Timestamp>,
    /// AWS's code for why it stopped.
    pub stop_code: Option<&'static str>,
    /// AWS's words for why it stopped.
    pub stopped_reason: Option<String>,
    /// Where it lives.
    pub place: Place,
    /// The security groups that its network names.
    pub security_groups: Vec<String>,
    /// Target group, container port: where it registers.
    pub target_groups: Vec<(String, i64)>,
    /// The container that its load balancer reaches.
    pub container: Option<String>,
    /// The image of that container (or of the first), `repository:tag`.
    pub image: Option<String>,
    /// What became of what runs in it.
    pub application: Application,
    /// What RunTask was given in place of what the definition says.
    pub overrides: Value,
    /// Whether ECS Exec reaches it.
    pub exec: bool,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// Why it cannot pull an image.
    pub pull_failure: Option<String>,
    /// Until when its service leaves it alone as it scales in or is deployed.
    pub protected_until: Option<Timestamp>,
}

impl Task {
    /// Whether its service leaves it alone.
    pub fn is_protected(&self, now: Timestamp) -> bool {
        self.protected_until.is_some_and(|until| until > now)
    }
}

/// The subnet and the addresses of a task.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its subnet; empty outside of awsvpc.
    pub subnet: String,
    /// The subnet's zone.
    pub zone: String,
    /// Its IPv4 address.
    pub ipv4: Option<String>,
    /// Its IPv6 address.
    pub ipv6: Option<String>,
}

/// What starting a task needs.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) cluster: String,
    pub(crate) group: String,
    pub(crate) service: Option<String>,
    pub(crate) started_by: String,
    pub(crate) task_definition: String,
    pub(crate) launch_type: String,
    pub(crate) provider: Option<String>,
    pub(crate) instance: Option<String>,
    pub(crate) subnets: Vec<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) target_groups: Vec<(String, i64)>,
    pub(crate) container: Option<String>,
    pub(crate) overrides: Value,
    pub(crate) exec: bool,
    pub(crate) tags: Vec<(String, String)>,
}

impl Start {
    /// What it would take of Fargate.
    pub(crate) fn takes(&self, world: &World) -> Option<fargate::Taken> {
        let on = self.provider.as_ref().unwrap_or(&self.launch_type);
        fargate::taken(world, &self.task_definition, &self.overrides, on)
    }
}

/// Starts a task; it runs after 20 to 45 seconds, unless an image cannot be pulled.
pub(crate) fn start(world: &mut World, start: Start) -> u64 {
    let seq = world.next_id();
    let id = rng::hex(world.seed, "task", seq, 32);
    let now = world.now();
    // Tasks spread over the subnets' zones: the one with the fewest of this group's comes next.
    let place = choose_place(world, &start);
    let groups = admission::in_subnet(world, start.security_groups.clone(), &place.subnet);
    let inside = inside(world, &start.task_definition, &start.overrides);
    let (image, pull_failure) = images(world, &start, &inside, &place, &groups);
    let image = image.map(|image| world.behaves(&image, &inside, &place.subnet, &groups));
    let arn = world.arn("ecs", &format!("task/{}/{id}", start.cluster));
    let takes = start.takes(world);
    if let Some(service) = start
        .service
        .as_ref()
        .and_then(|s| world.ecs.services.get_mut(s))
    {
        service.tasks.push(seq);
    }
    let task = Task {
        seq,
        id,
        arn,
        cluster: start.cluster,
        group: start.group,
        service: start.service,
        started_by: start.started_by,
        task_definition: start.task_definition,
        takes,
        launch_type: start.launch_type,
        provider: start.provider,
        instance: start.instance,
        state: TaskState::Provisioning,
        due: now,
        wanted: true,
        created_at: now,
        pulling_at: None,
        started_at: None,
        stopping_at: None,
        ended_at: None,
        stopped_at: None,
        stop_code: None,
        stopped_reason: None,
        place,
        security_groups: start.security_groups,
        target_groups: start.target_groups,
        container: start.container,
        image,
        application: Application::default(),
        overrides: start.overrides,
        exec: start.exec,
        tags: start.tags,
        pull_failure,
        protected_until: None,
    };
    world.ecs.tasks.insert(seq, task);
    let provisioned = rng::between(world.seed, "provision", seq, 5.0, 9.0);
    next_state(world, seq, provisioned);
    seq
}

/// A task comes to its next state after so many seconds.
fn next_state(world: &mut World, seq: u64, after: f64) {
    let due = later(world.now(), seconds(after));
    if let Some(task) = world.ecs.tasks.get_mut(&seq) {
        task.due = due;
    }
    world.agenda.at(due, Wake::Task(seq));
}

/// Stops a task: first out of its load balancers, then the containers, then the network interface.
pub(crate) fn stop(world: &mut World, seq: u64, code: &'static str, reason: &str) {
    let now = world.now();
    let Some(task) = world.ecs.tasks.get_mut(&seq) else {
        return;
    };
    if !task.wanted {
        return;
    }
    task.wanted = false;
    task.stop_code = Some(code);
    task.stopped_reason = Some(reason.to_owned());
    task.stopping_at = Some(now);
    let serving = task.state == TaskState::Running && !task.target_groups.is_empty();
    let due = if serving {
        task.state = TaskState::Deactivating;
        let groups = task.target_groups.clone();
        let address = address_by_family(task);
        let drain = groups
            .iter()
            .map(|(group, port)| health::deregister(world, group, &address, *port))
            .max();
        drain.unwrap_or(0) as f64 + 1.0
    } else {
        task.state = TaskState::Stopping;
        2.0
    };
    next_state(world, seq, due);
}

/// Brings a task to its next state.
pub(crate) fn advance(world: &mut World, seq: u64) {
    let now = world.now();
    let seed = world.seed;
    let due = |task: &&mut Task| task.due <= now;
    let Some(task) = world.ecs.tasks.get_mut(&seq).filter(due) else {
        return;
    };
    let next = match task.state {
        TaskState::Provisioning => {
            task.state = TaskState::Pending;
            task.pulling_at = Some(now);
            Some(rng::between(seed, "pull", seq, 15.0, 36.0))
        }
        TaskState::Pending => {
            if let Some(failure) = task.pull_failure.clone() {
                return fail_to_start(world, seq, &failure);
            }
            return run(world, seq);
        }
        TaskState::Deactivating => {
            task.state = TaskState::Stopping;
            Some(3.0)
        }
        TaskState::Stopping => {
            task.state = TaskState::Deprovisioning;
            task.ended_at = Some(now);
            Some(4.0)
        }
        TaskState::Deprovisioning => {
            task.state = TaskState::Stopped;
            task.stopped_at = Some(now);
            Some(3600.0)
        }
        TaskState::Running => None,
        TaskState::Stopped => return forget(world, seq),
    };
    let stopped = task.state == TaskState::Stopped;
    let service = task.service.clone();
    if let Some(next) = next {
        next_state(world, seq, next);
    }
    if let (true, Some(service)) = (stopped, service) {
        scheduler::reconcile(world, &service);
    }
}

/// The addresses of a task, IPv6 where it has no IPv4 one.
pub(crate) fn address_by_family(task: &Task) -> impl Fn(Family) -> Option<String> + use<> {
    let place = task.place.clone();
    move |family| match family {
        Family::V4 => place.ipv4.clone(),
        Family::V6 => place.ipv6.clone(),
    }
}

fn run(world: &mut World, seq: u64) {
    let now = world.now();
    let Some(task) = world.ecs.tasks.get_mut(&seq) else {
        return;
    };
    task.state = TaskState::Running;
    task.started_at = Some(now);
    let service = task.service.clone();
    register(world, seq);
    containers::begin(world, seq);
    if let Some(service) = service {
        counted::counted_later(world, seq);
        scheduler::reconcile(world, &service);
    }
}

/// A running task goes into its target groups, where it is not there already.
pub(crate) fn register(world: &mut World, seq: u64) {
    let tasks = &world.ecs.tasks;
    let Some(task) = tasks.get(&seq).filter(|t| t.state == TaskState::Running) else {
        return;
    };
    let task = task.clone();
    for (group, port) in &task.target_groups {
        health::register_task(world, group, &task, *port);
    }
}

/// Somebody took a target out of a group by hand: ECS puts a running task of a service back.
pub(crate) fn deregistered_by_hand(world: &mut World, group: &str, id: &str, port: i64) {
    let due = later(world.now(), seconds(REGISTERED_AGAIN));
    let has = |t: &&Task| {
        let named = |(arn, at): &(String, i64)| arn == group && *at == port;
        let has = t.place.ipv4.as_deref() == Some(id) || t.place.ipv6.as_deref() == Some(id);
        has && t.state == TaskState::Running && t.target_groups.iter().any(named)
    };
    let behind = world.ecs.tasks.values().find(has).map(|t| t.seq);
    if let Some(seq) = behind {
        world.agenda.at(due, Wake::Register(seq));
    }
}

fn fail_to_start(world: &mut World, seq: u64, reason: &str) {
    let now = world.now();
    let Some(task) = world.ecs.tasks.get_mut(&seq) else {
        return;
    };
    task.wanted = false;
    task.state = TaskState::Deprovisioning;
    task.stopping_at = Some(now);
    task.stop_code = Some("TaskFailedToStart");
    task.stopped_reason = Some(reason.to_owned());
    let (service, deployment) = (task.service.clone(), task.started_by.clone());
    next_state(world, seq, 4.0);
    if let Some(service) = service {
        breaker::count_failure(world, &service, &deployment);
        scheduler::reconcile(world, &service);
    }
}

fn forget(world: &mut World, seq: u64) {
    let Some(task) = world.ecs.tasks.remove(&seq) else {
        return;
    };
    if let Some(service) = task.service.and_then(|s| world.ecs.services.get_mut(&s)) {
        service.tasks.retain(|t| *t != seq);
    }
}

fn choose_place(world: &mut World, start: &Start) -> Place {
    let mut zones: Vec<(usize, usize, String)> = Vec::new();
    for (order, subnet) in start.subnets.iter().enumerate() {
        let zone = world.network.subnet(subnet).map(|s| s.az.as_str());
        if zone.is_some_and(|zone| world.lost_zones.contains(zone)) {
            continue;
        }
        let used = world
            .ecs
            .services
            .get(start.service.as_deref().unwrap_or(""))
            .map_or(0, |s| {
                s.tasks
                    .iter()
                    .filter_map(|t| world.ecs.tasks.get(t))
                    .filter(|t| {
                        t.wanted && t.started_by == start.started_by && t.place.subnet == *subnet
                    })
                    .count()
            });
        zones.push((used, order, subnet.clone()));
    }
    zones.sort();
    let Some((_, _, subnet)) = zones.into_iter().next() else {
        return Place::default();
    };
    let zone = world
        .network
        .subnet(&subnet)
        .map(|s| s.az.clone())
        .unwrap_or_default();
    let (ipv4, ipv6) = world.network.allocate(&subnet);
    Place {
        subnet,
        zone,
        ipv4: ipv4.map(|a| a.to_string()),
        ipv6: ipv6.map(|a| a.to_string()),
    }
}

/// What ECS says where Fargate has no room: AWS re:Post, "How do I resolve the 'capacity is unavailable' error in Fargate".
const NO_CAPACITY: &str = "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/// The image behind the load balancer, and why the task does not come to run where it is placed.
fn images(
    world: &World,
    start: &Start,
    inside: &Inside,
    place: &Place,
    groups: &[String],
) -> (Option<String>, Option<String>) {
    let Some(definition) = world.ecs.task_definition(&start.task_definition) else {
        return (None, None);
    };
    let containers = &inside.containers;
    let named = containers.iter().find(|c| {
        start.container.is_some() && c.get("name").as_str() == start.container.as_deref()
    });
    let image = named
        .or(containers.first())
        .and_then(|container| application(world, container));
    let missing = containers
        .iter()
        .filter_map(|c| c.get("image").as_str())
        .find(|image| {
            let app = world.behaviours.get(&repository_and_tag(image));
            app.is_some_and(|app| !app.starts)
        })
        .map(|image| {
            format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: \
                 {image}: not found"
            )
        });
    let nowhere = place.subnet.is_empty() && !world.lost_zones.is_empty();
    let missing = nowhere.then(|| NO_CAPACITY.to_owned()).or(missing);
    // On a machine of one's own the machine pulls, by its own network.
    let from = world.ipv6_only(&place.subnet, groups);
    let from = from.filter(|_| start.instance.is_none());
    let volumes = definition.given.get("volumes").items();
    let unreachable = from.and_then(|from| {
        let pulled = pulls::failure(from, &world.region, containers);
        pulled
            .or_else(|| buckets::failure(world, from, inside))
            .or_else(|| mounts::failure(world, from, volumes))
    });
    (image, missing.or(unreachable))
}

/// What a task is made of, as far as it decides whom it asks and as who.
pub(crate) struct Inside {
    pub(crate) containers: Vec<Value>,
    /// ARNs; nothing where there is no such role.
    pub(crate) task_role: String,
    pub(crate) execution_role: String,
}

/// The same of a task of a definition, but for what it was started with in place of that.
pub(crate) fn inside(world: &World, definition: &str, overrides: &Value) -> Inside {
    let defined = world.ecs.task_definition(definition);
    let role = |member: &str| {
        let given = overrides.get(member).as_str();
        let own = || defined.and_then(|d| d.given.get(member).as_str());
        given.or_else(own).unwrap_or_default().to_owned()
    };
    Inside {
        containers: containers::of(world, definition, overrides),
        task_role: role("taskRoleArn"),
        execution_role: role("executionRoleArn"),
    }
}

/// What a container behaves as: its image, but for what it is told.
fn application(world: &World, container: &Value) -> Option<String> {
    let image = repository_and_tag(container.get("image").as_str()?);
    let is_told =
        |told: &&Told| told.image == image && crate::wire::as_text(container).contains(&told.text);
    let told = world.told.iter().find(is_told).map(Told::name);
    Some(told.unwrap_or(image))
}

/// `repository:tag` of an image, whatever registry it comes from.
pub fn repository_and_tag(image: &str) -> String {
    let name = match image.split_once('/') {
        Some((host, rest)) if host.contains('.') || host.contains(':') => rest,
        _ => image,
    };
    if name.contains(':') {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_the_same_code_from_either_ecr_host() {
        let both = [
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/cart:v1",
            "123456789012.dkr-ecr.eu-central-1.on.aws/cart:v1",
        ];
        assert!(both.iter().all(|i| repository_and_tag(i) == "cart:v1"));
    }
}
