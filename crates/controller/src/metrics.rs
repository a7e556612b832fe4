//! The daemon's figures for Prometheus: what each is called, and where it is counted.

use prometheus::Registry;

/// Every figure, in one registry. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    registry: Registry,
}

impl Metrics {
    /// With nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All figures, as Prometheus gathers them.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}
