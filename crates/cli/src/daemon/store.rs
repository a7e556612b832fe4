//! Where the journal is, and who of several daemons leads.
//!
//! What belongs here: which of both the settings ask for, and what this daemon calls itself. What must not: what is written.

use std::{
    net::{Ipv6Addr, SocketAddr, UdpSocket},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use sixshift_controller::{
    Clock, Relay,
    journal::{DynamoDb, File, Journal},
    lease::{Leader, Lease, SingleProcess, TableLease},
};

use super::settings::Settings;
use crate::whoami;

/// The journal, and the lease where several daemons may want it.
pub(crate) struct Store {
    pub(crate) journal: Arc<dyn Journal>,
    /// The same journal for what is not the leader's alone: no fence is before it.
    pub(crate) open_to_all: Arc<dyn Journal>,
    /// `None`: nobody else can have the journal.
    pub(crate) table: Option<Arc<TableLease>>,
    /// Where orders are handed to whoever has it.
    pub(crate) relay: Option<Arc<Relay>>,
    /// As the log names the journal.
    pub(crate) shown: String,
}

impl Store {
    /// Opens the journal.
    ///
    /// # Errors
    /// The file cannot be opened, or the table is no journal's.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        if let Some(error) = unfit(settings).await.into_iter().next() {
            return Err(error);
        }
        let (journal, open_to_all, shown): (Arc<dyn Journal>, Arc<dyn Journal>, String);
        match settings.journal_file() {
            Some(file) => {
                journal = Arc::new(open(file)?);
                open_to_all = Arc::clone(&journal);
                shown = file.display().to_string();
            }
            None => {
                let at = settings.journal_table();
                let at = at.context("the journal has neither a file nor a table")?;
                let fenced = DynamoDb::open(&at).await;
                open_to_all = Arc::new(fenced.unfenced());
                journal = Arc::new(fenced);
                shown = format!("DynamoDB table {}, prefix {}", at.table, at.prefix);
            }
        }
        Ok(Self {
            journal,
            open_to_all,
            table: None,
            relay: None,
            shown,
        })
    }

    /// Wants the lease, where the settings have one. `port` is where this daemon's API listens.
    pub(crate) async fn contend(&mut self, settings: &Settings, port: u16) {
        if let Some(at) = settings.lease_table() {
            self.table = Some(Arc::new(TableLease::open(&at, me(port)).await));
            self.relay = Some(Arc::new(Relay::open(&at).await));
        }
    }

    /// What lets it act.
    pub(crate) fn lease(&self) -> Arc<dyn Lease> {
        match &self.table {
            Some(table) => Arc::clone(table) as _,
            None => Arc::new(SingleProcess),
        }
    }
}

/// What of the tables that the settings name is not as the templates in deploy/ make it. Nothing is changed in them.
pub(super) async fn unfit(settings: &Settings) -> Vec<anyhow::Error> {
    let journal = settings.journal_table().map(|at| ("journal", at));
    let lease = settings.own_lease_table().map(|at| ("lease", at));
    let mut unfit = Vec::new();
    for (what, at) in journal.into_iter().chain(lease) {
        let fits = DynamoDb::open(&at).await.fits().await;
        unfit.extend(
            fits.err()
                .map(|error| anyhow::Error::new(error).context(format!("{what}.dynamodb"))),
        );
    }
    unfit
}

fn open(path: &Path) -> anyhow::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| {
            format!(
                "cannot make {} for the journal; set journal.path to where this user may write",
                folder.display()
            )
        })?;
    }
    Ok(File::open(path, Clock::system().now())?)
}

/// What the others are told of this daemon: a task's host has a name of its own, processes of one host have numbers.
fn me(port: u16) -> Leader {
    let host = whoami::host().unwrap_or_else(|| "a host without a name".to_owned());
    let name = match std::process::id() {
        1 => host,
        process => format!("{host}, process {process}"),
    };
    let url = own_address().map(|at| format!("http://{}", SocketAddr::new(at, port)));
    Leader { name, url }
}

/// The address that the system would send from: no packet is sent for that.
fn own_address() -> Option<std::net::IpAddr> {
    // Addresses for documentation, which nobody has.
    let far: SocketAddr = (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into();
    let from = |bind: &str, to: SocketAddr| {
        let socket = UdpSocket::bind(bind).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    from("[::]:0", far).or_else(|| from("0.0.0.0:0", ([192, 0, 2, 1], 9).into()))
}
