//! Every figure: its name, its labels, what it means. `docs/reference/metrics.md` is written from here.
//!
//! A name ends with its unit; ratios are between 0 and 1; a series that has nothing to say is absent, never 0.

/// How Prometheus reads a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Gauge,
    Counter,
    Histogram,
}

/// A figure with a number of labels.
#[derive(Debug)]
pub(super) struct Figure<const LABELS: usize> {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) labels: [&'static str; LABELS],
    pub(super) help: &'static str,
}

/// The same, whatever the number of labels is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Described {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) labels: &'static [&'static str],
    pub(super) help: &'static str,
}

macro_rules! labels {
    ($($label:ident)*) => { [$(stringify!($label)),*] };
}

macro_rules! figures {
    ($($constant:ident = $kind:ident $name:literal [$($label:ident)*] $help:literal;)+) => {
        $(pub(super) const $constant: Figure<{ <[&str]>::len(&labels!($($label)*)) }> = Figure {
            name: $name,
            kind: Kind::$kind,
            labels: labels!($($label)*),
            help: $help,
        };)+

        /// All of them, in the order of the page.
        pub(super) const ALL: &[Described] = &[$(Described {
            name: $name,
            kind: Kind::$kind,
            labels: &labels!($($label)*),
            help: $help,
        }),+];
    };
}

figures! {
    PLAN_INFO = Gauge "sixshift_plan_info" [plan region cluster service revision commit]
        "Always 1: what the plan moves, the revision of it that runs and the commit that revision came from.";
    PLAN_PHASE = Gauge "sixshift_plan_phase" [plan phase]
        "1 for the phase that the plan is in; Unknown until it was looked at. Other phases are absent.";
    PLAN_HEALTH = Gauge "sixshift_plan_health" [plan health]
        "1 for how the plan goes; NeedsPerson: it stands still until a person does something. Others are absent.";
    PLAN_STANDING = Gauge "sixshift_plan_standing" [plan standing]
        "1 for how the plan's newest text relates to the one that runs: Current, Invalid (the last good one runs on) or Vanished from its source.";
    PLAN_STEP = Gauge "sixshift_plan_step" [plan]
        "The step whose share is applied, from 1; absent before the first and after a rollback.";
    PLAN_STEPS = Gauge "sixshift_plan_steps" [plan]
        "How many steps the plan has.";
    PLAN_SHARE = Gauge "sixshift_plan_share_ratio" [plan share]
        "Part of the traffic that goes to IPv6: desired (by the plan), applied (accepted by the API), observed (read back), effective (measured from request counts). Absent where not known.";
    PLAN_VERDICT = Gauge "sixshift_plan_verdict" [plan verdict]
        "1 for the verdict on the evidence of the current share; only Good opens a gate. Absent where nothing is judged.";
    SIGNAL_VERDICT = Gauge "sixshift_plan_signal_verdict" [plan signal verdict]
        "1 for the verdict on one signal of the evidence.";
    SIGNAL_RATIO = Gauge "sixshift_plan_signal_ratio" [plan signal]
        "What was measured on IPv6, for signals that are rates: failed requests by all requests.";
    SIGNAL_RATIO_LIMIT = Gauge "sixshift_plan_signal_limit_ratio" [plan signal]
        "What sixshift_plan_signal_ratio may be at most.";
    SIGNAL_SECONDS = Gauge "sixshift_plan_signal_seconds" [plan signal]
        "What was measured on IPv6, for signals that are latencies.";
    SIGNAL_SECONDS_LIMIT = Gauge "sixshift_plan_signal_limit_seconds" [plan signal]
        "What sixshift_plan_signal_seconds may be at most.";
    SIGNAL_SAMPLES = Gauge "sixshift_plan_signal_samples" [plan signal]
        "Requests, points or alarms that the signal's verdict rests on.";
    METRIC_VERDICT = Gauge "sixshift_plan_metric_verdict" [plan metric against verdict]
        "1 for the verdict on a metric of the plan's own, against its fixed limit or IPv4's figure. One in a dry run too.";
    METRIC_VALUE = Gauge "sixshift_plan_metric_value" [plan metric]
        "What a metric of the plan's own was on IPv6, the mean of its points.";
    METRIC_LIMIT = Gauge "sixshift_plan_metric_limit" [plan metric against]
        "What sixshift_plan_metric_value may be at most, or at least where the plan says so, by its fixed limit or IPv4's figure.";
    PLAN_WAITING = Gauge "sixshift_plan_waiting_seconds" [plan on]
        "How long the plan has been waiting, by what it waits for. Absent when it acts or is done.";
    PLAN_LOOK_AGE = Gauge "sixshift_plan_look_age_seconds" [plan]
        "Time since the plan's last round. A plan at rest is looked at every few minutes.";
    PLAN_ATTEMPTS = Gauge "sixshift_plan_failed_acts" [plan]
        "Acts in a row that failed or that the guard refused: 0 after a round that ended well.";
    ROUNDS = Counter "sixshift_rounds_total" [plan outcome]
        "Rounds of a plan by how they ended: waited, acted, vetoed by the guard, failed at AWS, panicked.";
    ROUND_DURATION = Histogram "sixshift_round_duration_seconds" [outcome]
        "How long a round took, all plans together.";
    ACTS_FAILED = Counter "sixshift_acts_failed_total" [kind]
        "Acts that AWS refused or did not answer, by the sort of error.";
    ACTS_VETOED = Counter "sixshift_acts_vetoed_total" [veto]
        "Acts that the guard refused, by its reason.";
    QUEUE_DEPTH = Gauge "sixshift_queue_depth" []
        "Plans in the queue for their next look, due or not; one whose round runs is not in it.";
    QUEUE_OLDEST = Gauge "sixshift_queue_oldest_seconds" []
        "How long the first plan in the queue has been due; 0 while none is.";
    FROZEN = Gauge "sixshift_fleet_frozen" []
        "1 while nothing moves because somebody froze the fleet.";
    FIRST_LOOK = Gauge "sixshift_fleet_first_look" []
        "1 after the start until every plan has been looked at once; nothing moves until then.";
    ENDING = Gauge "sixshift_fleet_ending" []
        "1 while the daemon shuts down.";
    LEASE = Gauge "sixshift_lease_held" []
        "1 while the lease lets this daemon act, 0 while it does not.";
    SOURCE_INFO = Gauge "sixshift_source_info" [source commit]
        "Always 1: where plans come from, and the commit that was read last without an error.";
    SOURCE_READS = Counter "sixshift_source_reads_total" [result]
        "Reads of the source of plans.";
    SOURCE_READ_AGE = Gauge "sixshift_source_read_age_seconds" []
        "Time since the source was last read without an error; absent before the first time.";
    SOURCE_COMMIT_AGE = Gauge "sixshift_source_commit_age_seconds" []
        "Age of the commit that was read last, by its author's date; absent where the source has no commits.";
    SOURCE_MISTAKES = Gauge "sixshift_source_mistakes" []
        "Mistakes in files that belong to no known plan.";
    JOURNAL_WRITES = Counter "sixshift_journal_writes_total" [result]
        "Writes of the journal.";
    JOURNAL_UNWRITTEN = Gauge "sixshift_journal_unwritten" []
        "Notes that wait because the journal cannot be written: while there are any nothing goes forward, and a restart would lose them, orders to stop among them.";
    NOTIFICATIONS = Counter "sixshift_notifications_total" [receiver result]
        "Requests to a receiver of notifications, by whether it accepted: failed is tried again until it is accepted.";
    NOTIFICATIONS_BEHIND = Gauge "sixshift_notifications_behind_events" [receiver]
        "Events of the history that a receiver of notifications has not got to yet, whether they are for it or not: 0 but for moments, unless it is down.";
    NOTIFICATIONS_FAILING = Gauge "sixshift_notifications_failing_seconds" [receiver]
        "How long a receiver of notifications has accepted nothing that was sent; 0 while it accepts.";
    GATES_ASKED = Counter "sixshift_gates_asked_total" [result]
        "Questions to webhooks that steps name as their gates, by the answer; failed: it was neither a clear yes nor a clear no.";
    TRACE_SPANS = Counter "sixshift_trace_spans_total" [result]
        "Spans of traces: sent to the collector, refused by it for good, overflowed while it took none, or unsent when the daemon ended. Absent without telemetry.";
    ORDERS = Counter "sixshift_orders_total" [verb result]
        "What people ordered.";
    AWS_CALLS = Counter "sixshift_aws_calls_total" [service operation result]
        "Calls to AWS that have ended, by service and operation as IAM names them. no_answer: it may have had its effect all the same.";
    AWS_THROTTLES = Counter "sixshift_aws_throttles_total" []
        "Calls that AWS throttled, all operations together.";
    AWS_BUCKET_LEVEL = Gauge "sixshift_aws_bucket_level_ratio" [bucket region account]
        "How full our own token bucket is that keeps us below AWS's request rates: 1 is a whole burst, at 0 the next call waits. account is empty for our own.";
    AWS_BUCKET_WAITING = Gauge "sixshift_aws_bucket_waiting_calls" [bucket region account]
        "Calls that wait for a token of the bucket.";
    BUILD_INFO = Gauge "sixshift_build_info" [version]
        "Always 1: the version that runs.";
}
