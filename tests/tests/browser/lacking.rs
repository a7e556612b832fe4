//! A dashboard before a fleet that lacks everything at once: frozen, on standby, its journal lost and not written, its clock
//! wrong, its source and AWS not read.
//!
//! What belongs here: a board filled by hand. That each lack comes about as it is shown here is tested where it is found out.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use sixshift_api::{Api, Limits, Serving, auth, bind};
use sixshift_controller::{
    Board, FleetView, Metrics, Orders, PlanView, Provenance, SourceView, Standing, Unwritten,
    journal::{Memory, Records},
};
use sixshift_core::{
    facts::Facts,
    plan::Revision,
    status::{Going, Health, Phase, Shares, Status, WaitingOn},
};

/// It is served for as long as this lives.
pub(super) struct Lacking {
    pub(super) address: SocketAddr,
    _serving: Serving,
    _orders: Orders,
}

/// Serves it.
pub(super) fn lacking() -> Lacking {
    let now: Timestamp = "2026-03-02T12:40:00Z".parse().expect("a time");
    let (board, orders) = Board::new(Metrics::new());
    board.show_fleet(fleet(now));
    for (name, on) in [("checkout", Some(WaitingOn::JournalLost)), ("search", None)] {
        board.show_plan(plan(name, on, now));
    }
    let listeners = bind(&["127.0.0.1:0".parse().expect("an address")]).expect("a free port");
    let address = listeners[0].local_addr().expect("it listens");
    let memory = Memory::new().expect("a journal in memory");
    let api = Api {
        board,
        records: Records::new(Arc::new(memory)),
        metrics: Arc::new(|()| String::new()),
        log_level: Arc::new(|_| Ok(())),
        now: Arc::new(move |()| now),
        hook_secret: None,
        version: "0.0.0".to_owned(),
        auth: auth::Settings::default(),
        fetch_key: None,
        limits: Limits::default(),
        hosts: Vec::new(),
        visitors: None,
    };
    Lacking {
        address,
        _serving: api.start(listeners).expect("it serves"),
        _orders: orders,
    }
}

fn fleet(now: Timestamp) -> FleetView {
    FleetView {
        frozen: Some("incident 42, by maria".to_owned()),
        lease: Some("another daemon holds the lease".to_owned()),
        unwritten: Some(Unwritten {
            why: "No space left on device".to_owned(),
            since: now - SignedDuration::from_mins(4),
        }),
        clock: Some("AWS's clock is 1 m 30 s ahead".to_owned()),
        source: SourceView {
            name: "git https://git.example.com/platform/plans main".to_owned(),
            error: Some("no route to host".to_owned()),
            read_at: Some(now - SignedDuration::from_mins(30)),
            ..SourceView::default()
        },
        ..FleetView::default()
    }
}

/// AWS was last read for it twelve minutes ago.
fn plan(name: &str, waiting_on: Option<WaitingOn>, now: Timestamp) -> PlanView {
    let status = Status {
        way: Going::default(),
        plan: name.to_owned(),
        revision: Revision("5be0c1d2".to_owned()),
        at: now,
        seen_at: now - SignedDuration::from_mins(12),
        phase: Phase::Shift,
        step: None,
        health: if waiting_on.is_some() {
            Health::NeedsPerson
        } else {
            Health::Progressing
        },
        shares: Shares::default(),
        waiting_on,
        waiting_since: Some(now),
        verdict: None,
        signals: Vec::new(),
        window: None,
        trouble: None,
        first_lines: None,
        ipv4_gone: false,
        warnings: Vec::new(),
        conditions: Vec::new(),
        walk: Vec::new(),
        sentence: "It stands still. Next: look at it.".to_owned(),
    };
    PlanView {
        name: name.to_owned(),
        plan: None,
        from: Provenance {
            commit: None,
            author_date: None,
            file: PathBuf::from("plans.yaml"),
            line: 1,
        },
        standing: Standing::Current,
        status: Some(Arc::new(status)),
        seen: None,
        closely: None,
        measured: None,
        facts: Facts::default(),
        paused: None,
        frozen: None,
        attempts: 3,
        look_at: None,
        version: 0,
    }
}
