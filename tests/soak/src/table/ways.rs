//! The kinds of route by which customers reach a service.

use crate::world::Way;

/// A kind of route.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) name: &'static str,
    pub(super) ways: &'static [Way],
    /// For how many seconds customers stay on their side.
    pub(super) sticky: Option<i64>,
}

const fn routes(name: &'static str, ways: &'static [Way], sticky: Option<i64>) -> Routes {
    Routes { name, ways, sticky }
}

/// Every kind that a team may have.
pub(crate) const ROUTES: [Routes; 7] = [
    routes("listener", &[Way::Default], None),
    routes("listener-sticky", &[Way::Default], Some(900)),
    routes("rule", &[Way::Host], None),
    routes("rule-sticky", &[Way::Host], Some(900)),
    routes("shared", &[Way::Shared], None),
    routes("several", &[Way::Default, Way::Host, Way::Shared], None),
    routes(
        "several-sticky",
        &[Way::Default, Way::Host, Way::Shared],
        Some(900),
    ),
];
