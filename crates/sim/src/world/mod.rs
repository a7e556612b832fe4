//! The state of the region and its virtual clock.
//!
//! Everything that happens by itself (tasks starting, targets becoming healthy, traffic, metrics) happens in
//! [`World::advance`], in the order of time; nothing here reads a wall clock or an unseeded random source.

use jiff::Timestamp;

/// The whole region: one account, one region.
#[derive(Debug)]
pub struct World {
    /// The region's name, e.g. `eu-central-1`.
    pub region: String,
    /// The account's id.
    pub account: String,
    now: Timestamp,
}

impl World {
    /// An empty region at a moment.
    pub fn new(region: &str, account: &str, now: Timestamp) -> Self {
        Self { region: region.to_owned(), account: account.to_owned(), now }
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets everything that is due until `to` happen. Going backwards does nothing.
    pub fn advance(&mut self, to: Timestamp) {
        self.now = self.now.max(to);
    }
}
