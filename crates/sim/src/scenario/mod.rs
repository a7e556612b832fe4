//! Named worlds, built through the same operations and state as any client's.
