//! The daemon's loop: plans in, rounds of observe, decide, guard, act, statuses out.
//!
//! - [`Clock`]: the only source of time.
//! - [`round`]: one observe-decide-guard-act of one plan.
//! - [`Fleet`]: all plans, when each is looked at next, what people said, and what is shown.

mod backoff;
mod clock;
mod fleet;
mod queue;
mod round;

pub use clock::Clock;
pub use fleet::{Ending, Fleet, Goal};
pub use round::{Outcome, Round, round};
