//! For any world that can be reached.
