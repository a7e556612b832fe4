//! What AWS keeps for sixshift itself, beside the services that it moves: typed clients and nothing more.
//!
//! What belongs here: how a store is asked, its limits, which answers may be asked for again. What must not: our words. What
//! an item means is the controller's.

mod table;

pub use table::{Change, Condition, Error as TableError, Key, Row, Shape, Table, Value};
