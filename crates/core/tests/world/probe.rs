//! A plan that asks the twin before customers do, and the rules that its listener has.

use std::{collections::BTreeMap, time::Duration};

use sixshift_core::{
    observation::Probing,
    plan::{Expected, HttpProbe, Probe},
};

use super::{
    World,
    build::{listener, plan},
};

impl World {
    /// Three times, of the first listener, which has rules of others with these priorities.
    pub fn asking(taken: Vec<u32>) -> Self {
        let mut world = Self::new(plan(&[]));
        world.plan.probe = Some(Probe {
            http: HttpProbe {
                method: "GET".to_owned(),
                path: "/orders".to_owned(),
                host: None,
                headers: BTreeMap::new(),
            },
            expect: Expected {
                status: (200, 299),
                latency: Duration::from_millis(300),
            },
            times: 3,
        });
        world.probing = Some(Box::new(Probing {
            taken: [(listener().arn().to_owned(), taken)].into(),
            ..Probing::default()
        }));
        world
    }
}
