//! A region that is late: a read after a write may show what was there before it, tags come later than what they hang on,
//! lists come in any order, and a write that rests on another one is refused until that one has spread.
//!
//! What belongs here: which past an answer is from, and what waits for a write to spread. What must not: what an operation
//! does (it runs as ever, on the past or on the present), and faults that a test injects.

mod order;
mod spread;
mod tags;

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::limits::is_read;
use crate::services::{self, AwsError, Service};
use crate::world::{
    World, ecs::Ecs, elb::Elb, lattice::Lattice, network::Network, scaling::Scaling,
};
use crate::{Value, dice};

/// What one service kept at a moment.
#[derive(Debug)]
enum Kept {
    Ecs(Ecs),
    Elb(Elb),
    Scaling(Scaling),
    Network(Network),
    Lattice(Lattice),
}

impl Kept {
    /// What a service keeps now. CloudWatch is late in its own way, and STS keeps nothing.
    fn of(world: &World, service: Service) -> Option<Self> {
        match service {
            Service::Ecs => Some(Self::Ecs(world.ecs.clone())),
            Service::Elbv2 => Some(Self::Elb(world.elb.clone())),
            Service::AutoScaling => Some(Self::Scaling(world.scaling.clone())),
            Service::Ec2 => Some(Self::Network(world.network.clone())),
            Service::Lattice => Some(Self::Lattice(world.lattice.clone())),
            _ => None,
        }
    }

    /// Puts this in the present's place, and the present in this one's.
    fn change_places(&mut self, world: &mut World) {
        match self {
            Self::Ecs(past) => std::mem::swap(past, &mut world.ecs),
            Self::Elb(past) => std::mem::swap(past, &mut world.elb),
            Self::Scaling(past) => std::mem::swap(past, &mut world.scaling),
            Self::Network(past) => std::mem::swap(past, &mut world.network),
            Self::Lattice(past) => std::mem::swap(past, &mut world.lattice),
        }
    }
}

/// What a service kept right before a write.
#[derive(Debug)]
struct Before {
    write: Timestamp,
    kept: Kept,
}

/// How late the region is, and the pasts that it may still show. The same seed and the same calls give the same answers.
#[derive(Debug)]
pub(crate) struct Lag {
    /// Seconds; 0 is a region that is never late.
    most: f64,
    seed: u64,
    drawn: u64,
    /// The oldest first.
    before: BTreeMap<Service, VecDeque<Before>>,
}

impl Lag {
    /// Never late yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            most: 0.0,
            seed: seed ^ 0x6c61_6767,
            drawn: 0,
            before: BTreeMap::new(),
        }
    }

    /// Up to so many seconds late from now on.
    pub(crate) fn set(&mut self, seconds: f64) {
        self.most = seconds.max(0.0);
        self.before.clear();
    }

    /// How many seconds late at most.
    pub(crate) fn most(&self) -> f64 {
        self.most
    }

    /// Runs an operation: a read on some past, a write on the present.
    ///
    /// # Errors
    /// What AWS refuses, now or because an earlier write has not spread.
    pub(crate) fn call(
        &mut self,
        world: &mut World,
        service: Service,
        op: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        if self.most <= 0.0 {
            return services::call(world, service, op, input);
        }
        self.forget(world.now());
        if is_read(op) {
            self.read(world, service, op, input)
        } else {
            self.write(world, service, op, input)
        }
    }

    fn read(
        &mut self,
        world: &mut World,
        service: Service,
        op: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        let at = self.moment_before(world.now());
        let mut answer = self.at(world, service, at, |world| {
            services::call(world, service, op, input)
        })?;
        if tags::are_in(op) {
            let earlier = self.moment_before(at);
            self.at(world, service, earlier, |world| {
                tags::come_late(world, op, input, &mut answer);
            });
        }
        order::shuffle(&mut answer, &mut || self.draw());
        Ok(answer)
    }

    fn write(
        &mut self,
        world: &mut World,
        service: Service,
        op: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        if let Some(wait) = spread::WAITS
            .iter()
            .find(|w| (w.service, w.op) == (service, op))
        {
            let at = self.moment_before(world.now());
            let refused = self.at(world, wait.on, at, |world| (wait.refused)(world, input));
            // What is not so in the present either is for the operation to refuse, in its own words.
            if let Some(error) = refused
                && (wait.refused)(world, input).is_none()
            {
                return Err(error);
            }
        }
        let before = Kept::of(world, service);
        let done = services::call(world, service, op, input)?;
        if let Some(kept) = before {
            let write = world.now();
            let pasts = self.before.entry(service).or_default();
            pasts.push_back(Before { write, kept });
        }
        Ok(done)
    }

    /// Runs something with a service as it was at a moment: before the first write that came later.
    fn at<R>(
        &mut self,
        world: &mut World,
        service: Service,
        at: Timestamp,
        run: impl FnOnce(&mut World) -> R,
    ) -> R {
        let pasts = self.before.get_mut(&service);
        let past = pasts.and_then(|pasts| pasts.iter_mut().find(|b| b.write > at));
        let Some(past) = past else {
            return run(world);
        };
        past.kept.change_places(world);
        let done = run(world);
        past.kept.change_places(world);
        done
    }

    /// A moment up to as long before another one as the region is late.
    fn moment_before(&mut self, moment: Timestamp) -> Timestamp {
        let late = self.draw() * self.most;
        let late = SignedDuration::try_from_secs_f64(late).unwrap_or_default();
        moment.saturating_sub(late).unwrap_or(moment)
    }

    fn draw(&mut self) -> f64 {
        self.drawn += 1;
        dice::unit(self.seed, self.drawn)
    }

    /// Drops what is too old to be shown: tags may be late twice over.
    fn forget(&mut self, now: Timestamp) {
        let most = self.most * 2.0;
        for pasts in self.before.values_mut() {
            let is_over = |b: &Before| now.duration_since(b.write).as_secs_f64() > most;
            while pasts.front().is_some_and(is_over) {
                pasts.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests;
