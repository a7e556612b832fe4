//! The clients and readers of one region and role.
//!
//! What belongs here: what is shared by all plans there. What must not: what an answer means.

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use aws_types::SdkConfig;

use crate::{
    addresses,
    alike::Alike,
    batch::Crowd,
    call::{Caller, Meter, Tenure},
    dates::DateReader,
    door::Doors,
    ec2,
    json::{self, Version},
    limits::Limits,
    neighbours,
    observe::{Authors, Memory, Readers},
    scaling,
    signed::{self, Service, TIMEOUT},
    tape::Ear,
};

const ECS: Service = Service {
    name: "ECS",
    signing_name: "ecs",
};

const LATTICE: Service = Service {
    name: "VPC Lattice",
    signing_name: "vpc-lattice",
};

const DISCOVERY: Service = Service {
    name: "ServiceDiscovery",
    signing_name: "servicediscovery",
};

/// How long a reader waits for others who ask.
const PAUSE: Duration = Duration::from_millis(20);

/// The clients, and how to call them.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) caller: Caller,
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) metrics: aws_sdk_cloudwatch::Client,
    pub(crate) scaling: scaling::Client,
    pub(crate) ec2: ec2::Client,
    /// Of ECS, what the SDK is not asked for.
    pub(crate) tasks: json::Client,
    pub(crate) lattice: json::Client,
    pub(crate) discovery: json::Client,
    pub(crate) neighbours: neighbours::Clients,
    pub(crate) alike: Alike,
    /// AWS refused more keys in a call than it documents.
    pub(crate) modest: Arc<AtomicBool>,
}

impl Clients {
    /// The same, for calls that go before those of others.
    fn hurried(&self) -> Self {
        let caller = Caller {
            urgent: true,
            ..self.caller.clone()
        };
        Self {
            caller,
            ..self.clone()
        }
    }

    /// The same, for somebody who may write only for so long.
    pub(crate) fn within(&self, tenure: Tenure) -> Self {
        let caller = Caller {
            tenure,
            ..self.caller.clone()
        };
        Self {
            caller,
            ..self.clone()
        }
    }
}

/// One region, as one role sees it.
pub(crate) struct Region {
    pub(crate) clients: Arc<Clients>,
    /// For what moves traffic.
    pub(crate) hurried: Arc<Clients>,
    pub(crate) readers: Readers,
    /// The looks under way.
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) memory: Mutex<Memory>,
    /// Whose log streams are.
    pub(crate) authors: Mutex<Authors>,
    /// How the load balancers' own doors are reached, and the configuration for that.
    pub(crate) doors: Doors,
    pub(crate) sdk: SdkConfig,
}

impl Region {
    /// By its name.
    pub(crate) fn new(
        sdk: &SdkConfig,
        name: &str,
        limits: Arc<Limits>,
        meter: Arc<Meter>,
        doors: Doors,
        rate: f64,
    ) -> Self {
        let dates = || DateReader(Arc::clone(&meter));
        let ear = || Ear(Arc::clone(&meter));
        let ecs = aws_sdk_ecs::config::Builder::from(sdk)
            .interceptor(dates())
            .interceptor(ear())
            .build();
        let elb = aws_sdk_elasticloadbalancingv2::config::Builder::from(sdk)
            .interceptor(dates())
            .interceptor(ear())
            .build();
        let metrics = aws_sdk_cloudwatch::config::Builder::from(sdk)
            .interceptor(dates())
            .interceptor(ear())
            .build();
        let ec2 = ec2::Client::new(sdk, &addresses::of_ec2(sdk, name), dates(), ear());
        let tasks = signed::operation(sdk, &ECS, "JSON", &addresses::of_ecs(sdk, name), TIMEOUT)
            .interceptor(dates())
            .interceptor(ear());
        let tasks = json::Client::over(tasks, Version::V1_1, json::read_or_nothing);
        let lattice = addresses::of_lattice(sdk, name);
        let lattice = signed::operation(sdk, &LATTICE, "REST JSON", &lattice, TIMEOUT)
            .interceptor(dates())
            .interceptor(ear());
        let lattice = json::Client::rest(lattice);
        let discovery = addresses::of_discovery(sdk, name);
        let discovery = signed::operation(sdk, &DISCOVERY, "JSON", &discovery, TIMEOUT)
            .interceptor(dates())
            .interceptor(ear());
        let discovery = json::Client::over(discovery, Version::V1_1, json::read);
        let scaling = addresses::of_scaling(sdk, name);
        let scaling = scaling::Client::new(sdk, &scaling, &meter);
        let neighbours = neighbours::Clients::new(sdk, name, &meter);
        let caller = Caller {
            limits,
            meter,
            silence: Arc::default(),
            region: name.into(),
            rate,
            urgent: false,
            tenure: Tenure::unlimited(),
        };
        let pause = caller.pace(PAUSE);
        let clients = Arc::new(Clients {
            caller,
            ecs: aws_sdk_ecs::Client::from_conf(ecs),
            elb: aws_sdk_elasticloadbalancingv2::Client::from_conf(elb),
            metrics: aws_sdk_cloudwatch::Client::from_conf(metrics),
            scaling,
            ec2,
            tasks,
            lattice,
            discovery,
            neighbours,
            alike: Alike::default(),
            modest: Arc::default(),
        });
        let hurried = Arc::new(clients.hurried());
        let crowd = Arc::default();
        let readers = Readers::new(&clients, &hurried, pause, &crowd);
        Self {
            clients,
            hurried,
            readers,
            crowd,
            memory: Mutex::default(),
            authors: Mutex::default(),
            doors,
            sdk: sdk.clone(),
        }
    }
}
