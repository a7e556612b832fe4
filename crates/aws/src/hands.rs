//! The face of the crate: who asks for what, in which region and account.
//!
//! What belongs here: configuration and the choice of the region's clients. What must not: a single AWS operation.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, identity::IdentityCache};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::TimeSource,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region as RegionName};
use jiff::{SignedDuration, Timestamp};
use sixshift_core::{
    action::Action,
    deps::{Flows, Untold},
    handover::Estate,
    observation::{Known, Observation},
    plan::{Plan, ServiceRef},
    proposal::Material,
    written::Unseen,
};

use crate::{
    addresses::Address,
    asked::Asked,
    call::{CallCount, Meter, Tenure},
    connections,
    door::Doors,
    error::Error,
    limits::{BucketLevel, Limits},
    region::Region,
    role::Role,
    signed::TIMEOUT,
    tape::Tape,
    trace::{self, Listener},
};

/// What the hands start with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Credentials, HTTP client, endpoint, dual-stack; the region comes from each plan.
    pub sdk: SdkConfig,
    /// Virtual seconds per second of tokio's clock: 1 but for an accelerated region.
    pub rate: f64,
}

/// Reads and writes AWS for any number of plans. Cheap to clone.
#[derive(Clone)]
pub struct Hands(Arc<Inner>);

/// A region, and the account where it isn't our own.
type Place = (String, Option<String>);
/// A region, and the role with its external id where it isn't our own.
type Seat = (String, Option<Role>);

struct Inner {
    sdk: SdkConfig,
    doors: Doors,
    /// Virtual seconds per second, as bits.
    rate: AtomicU64,
    meter: Arc<Meter>,
    regions: Mutex<BTreeMap<Seat, Arc<Region>>>,
    limits: Mutex<BTreeMap<Place, Arc<Limits>>>,
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hands")
            .field("rate", &self.rate())
            .finish_non_exhaustive()
    }
}

impl Hands {
    /// With any configuration of the SDK; its retries are turned off, because every fault is the caller's to see.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let doors = Doors::of(&setup.sdk);
        Self::through(setup, doors)
    }

    fn through(setup: Setup, doors: Doors) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(TIMEOUT)
            .operation_attempt_timeout(TIMEOUT)
            .build();
        let given = &setup.sdk;
        let version = given
            .behavior_version()
            .unwrap_or_else(BehaviorVersion::latest);
        let sleep = given
            .sleep_impl()
            .unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new()));
        // One for all clients, so that a role is assumed once.
        let identities = given
            .identity_cache()
            .unwrap_or_else(|| IdentityCache::lazy().build());
        let sdk = given
            .to_builder()
            .behavior_version(version)
            .sleep_impl(sleep)
            .identity_cache(identities)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let rate = if setup.rate.is_finite() && setup.rate > 0.0 {
            setup.rate
        } else {
            1.0
        };
        Self(Arc::new(Inner {
            sdk,
            doors,
            rate: AtomicU64::new(rate.to_bits()),
            meter: Arc::default(),
            regions: Mutex::default(),
            limits: Mutex::default(),
        }))
    }

    /// With what the environment says: credential chain, profiles, `AWS_ENDPOINT_URL`, `AWS_USE_DUALSTACK_ENDPOINT`.
    pub async fn from_environment(rate: f64) -> Self {
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .http_client(connections::shared())
            .load()
            .await;
        Self::new(Setup { sdk, rate })
    }

    /// Over an HTTP client of one's own, with credentials that mean nothing.
    #[must_use]
    pub fn with_http_client(
        client: SharedHttpClient,
        time: impl TimeSource + 'static,
        rate: f64,
    ) -> Self {
        let credentials = Credentials::new("AKIDSIMULATED", "simulated", None, None, "simulated");
        let doors = Doors::Over(client.clone());
        let sdk = SdkConfig::builder()
            .http_client(client)
            .time_source(time)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self::through(Setup { sdk, rate }, doors)
    }

    /// Where the services of a region are asked, by the SDK's rules and what the environment says.
    pub fn addresses(&self, region: &str) -> Vec<Address> {
        let region = RegionName::new(region.to_owned());
        crate::addresses::addresses(&self.0.sdk, &region)
    }

    /// Tells of every call from now on that is made for a round ([`crate::trace::follow`]). The first that is given stays.
    pub fn tell(&self, hears: impl Fn(trace::Ended) + Send + Sync + 'static) {
        let _ = self.0.meter.listener.set(Listener::new(hears));
    }

    /// Writes down every call from now on. The first tape that is given stays.
    pub fn tape(&self, tape: Tape) {
        let _ = self.0.meter.tape.set(tape);
    }

    /// What calls beside a migration's are made with, in a region and as a role: configuration, counters, and pace.
    pub(crate) async fn apart(
        &self,
        region: &str,
        role: Option<&Role>,
    ) -> (SdkConfig, Arc<Meter>, f64) {
        let sdk = self.config(region, role).await;
        (sdk, Arc::clone(&self.0.meter), self.rate())
    }

    /// Looks at everything of a plan. What could not be read is `Unknown`.
    pub async fn observe(&self, plan: &Plan, asked: Asked) -> Observation {
        let region = self.region(plan).await;
        crate::observe::observe(&region, plan, asked).await
    }

    /// The same, and waits for what only warns as well: a round takes what of that is known.
    pub async fn observe_whole(&self, plan: &Plan, asked: Asked) -> Observation {
        let region = self.region(plan).await;
        crate::observe::whole(&region, plan, asked).await
    }

    /// The same for somebody who asks once: what AWS was too busy to tell is asked again, for some seconds.
    pub async fn observe_patiently(&self, plan: &Plan, asked: Asked) -> Observation {
        let region = self.region(plan).await;
        crate::observe::patiently(&region, plan, asked).await
    }

    /// The names of all services of a cluster, in order; of `place` region, role and cluster count.
    ///
    /// # Errors
    /// AWS does not tell: there is no such cluster, or it may not be read.
    pub async fn services(&self, place: &ServiceRef) -> Result<Vec<String>, Error> {
        let region = self.region_of(place).await;
        let sdk = self.config(&place.region, Role::of(place).as_ref()).await;
        crate::inventory::services(&region, &sdk, &place.cluster).await
    }

    /// Reads what a proposal for each of some drafts needs, in their order. What several of them ask for is asked once.
    pub async fn material(&self, drafts: &[Plan], now: Timestamp) -> Vec<Material> {
        let regions = drafts.iter().map(|draft| self.region(draft));
        let regions = futures::future::join_all(regions).await;
        let places = regions.iter().map(Arc::as_ref).zip(drafts).collect();
        crate::inventory::material(places, now).await
    }

    /// The bytes that each of some NAT gateways of a plan's region carried in so long; those of which CloudWatch has a figure.
    pub async fn carried(
        &self,
        plan: &Plan,
        gateways: &[String],
        length: Duration,
        now: Timestamp,
    ) -> Known<BTreeMap<String, f64>> {
        let region = self.region(plan).await;
        crate::observe::metrics::carried(&region, gateways, length, Asked::full(now)).await
    }

    /// What a draft's service and its twin exchanged with whom between two moments, as the VPC's flow logs have it. The calls
    /// read, and CloudWatch Logs charges for what its queries scan.
    ///
    /// # Errors
    /// Why that is not to be told.
    pub async fn flows(
        &self,
        draft: &Plan,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Flows, Untold> {
        let region = self.region(draft).await;
        crate::flows::read(&region, draft, since, until).await
    }

    /// The region that the environment or a profile names.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        self.0.sdk.region().map(ToString::to_string)
    }

    /// Reads everything that a plan left, for whoever takes it over; `seen` is its last look.
    ///
    /// # Errors
    /// Any of it could not be read.
    pub async fn estate(&self, plan: &Plan, seen: &Observation) -> Result<Estate, Error> {
        let region = self.region(plan).await;
        crate::estate::read(&region, plan, seen).await
    }

    /// Does one action with one mutating call, tried once; reads before it as far as the action needs. The call is sent
    /// only if whoever acts may write for as long as the call may take ([`WRITE_LIMIT`](crate::WRITE_LIMIT)), asked when
    /// nothing is waited for any more.
    ///
    /// # Errors
    /// What AWS refused, or that what the action expects is not what is there. After [`Error::NoAnswer`] the call may
    /// still have had its effect.
    pub async fn act(&self, plan: &Plan, action: &Action, tenure: Tenure) -> Result<(), Error> {
        let region = self.region(plan).await;
        crate::act::act(&region, &plan.uid, action, tenure).await
    }

    /// Forgets what was read too early to show a write of ours: the next look reads it anew.
    pub async fn distrust(&self, plan: &Plan, unseen: Unseen<'_>, seen: &Observation) {
        let Unseen::Act(action) = unseen else { return };
        let region = self.region(plan).await;
        crate::act::forget(&region, action);
        crate::act::forget_early(&region, action, seen);
    }

    /// How often each operation was called, by IAM name.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.0.meter.calls()
    }

    /// The calls that have ended, by operation and result. Operations and results are fixed sets.
    #[must_use]
    pub fn call_counts(&self) -> Vec<CallCount> {
        self.0.meter.ended()
    }

    /// How full each token bucket is, for every region and account that was called.
    #[must_use]
    pub fn bucket_levels(&self) -> Vec<BucketLevel> {
        let limits = self.0.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut levels = Vec::new();
        for ((region, account), limits) in limits.iter() {
            let filled = limits.fill().into_iter();
            levels.extend(filled.map(|(bucket, full, waiting)| BucketLevel {
                region: region.clone(),
                account: account.clone(),
                bucket,
                full,
                waiting,
            }));
        }
        levels
    }

    /// How many calls AWS throttled.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.0.meter.throttled()
    }

    fn rate(&self) -> f64 {
        f64::from_bits(self.0.rate.load(Ordering::Relaxed))
    }

    /// Goes on at another pace: a simulated region's clock was set to another rate. What is remembered was read at the old
    /// one, and is forgotten.
    pub fn set_rate(&self, rate: f64) {
        self.0.rate.store(rate.to_bits(), Ordering::Relaxed);
        let regions = self.0.regions.lock();
        regions.unwrap_or_else(PoisonError::into_inner).clear();
        let limits = self.0.limits.lock();
        limits.unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How far AWS's clock is ahead of ours, from the Date headers of its last two answers. `None` before the second one.
    #[must_use]
    pub fn date_skew(&self, now: Timestamp) -> Option<SignedDuration> {
        self.0.meter.dates.skew(now, self.rate())
    }

    /// The clients of a plan's region and role, made on demand.
    async fn region(&self, plan: &Plan) -> Arc<Region> {
        self.region_of(&plan.service).await
    }

    async fn region_of(&self, service: &ServiceRef) -> Arc<Region> {
        let key = (service.region.clone(), Role::of(service));
        if let Some(region) = self
            .0
            .regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Arc::clone(region);
        }
        // A role's own set-up is large, and every round of every plan would have room for it.
        let sdk = Box::pin(self.config(&key.0, key.1.as_ref())).await;
        let made = Region::new(
            &sdk,
            &key.0,
            self.limits(&key.0, key.1.as_ref()),
            Arc::clone(&self.0.meter),
            self.0.doors.clone(),
            self.rate(),
        );
        // Somebody may have been faster; all must share one.
        let mut regions = self
            .0
            .regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(regions.entry(key).or_insert_with(|| Arc::new(made)))
    }

    async fn config(&self, region: &str, role: Option<&Role>) -> SdkConfig {
        let name = RegionName::new(region.to_owned());
        let sdk = self.0.sdk.to_builder().region(name).build();
        let Some(role) = role else { return sdk };
        let provider = role.assumed(&sdk, self.rate()).await;
        sdk.into_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .build()
    }

    /// Limits are an account's: two roles of one account share them.
    fn limits(&self, region: &str, role: Option<&Role>) -> Arc<Limits> {
        let account = role.and_then(Role::account).map(str::to_owned);
        let mut limits = self.0.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (region.to_owned(), account);
        Arc::clone(
            limits
                .entry(key)
                .or_insert_with(|| Arc::new(Limits::new(self.rate()))),
        )
    }
}
