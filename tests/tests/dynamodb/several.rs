//! Two daemons on one table.
