//! The hands over a simulated region: every call goes through the SDK, its wire protocol and AWS's refusals.

mod act;
mod fleet;
mod ground;
mod observe;
