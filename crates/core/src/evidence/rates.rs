//! Rates that rest on few samples: what they surely are at least, and at most.

use super::Verdict;

/// One-sided 99 %: a wrong rollback in a hundred borderline windows is the price of a fast one.
pub(super) const Z: f64 = 2.33;

/// `Bad` only where it is surely beyond its limit; `Good` only within it, with enough samples.
pub(super) fn rate_verdict(reported: bool, failed: f64, tried: f64, max: f64, min: f64) -> Verdict {
    if tried > 0.0 && lower_bound(failed, tried) > max {
        Verdict::Bad
    } else if !reported {
        Verdict::NoData
    } else if tried < min || ratio(failed, tried) > max {
        Verdict::TooFew
    } else {
        Verdict::Good
    }
}

/// Lower bound of Wilson's score interval for a proportion.
pub(super) fn lower_bound(failed: f64, tried: f64) -> f64 {
    if tried <= 0.0 {
        return 0.0;
    }
    let p = (failed / tried).clamp(0.0, 1.0);
    let z2 = Z * Z;
    let centre = p + z2 / (2.0 * tried);
    let spread = Z * ((p * (1.0 - p) + z2 / (4.0 * tried)) / tried).sqrt();
    ((centre - spread) / (1.0 + z2 / tried)).max(0.0)
}

/// Upper bound of the same interval; without requests nothing is known.
pub(super) fn upper_bound(failed: f64, tried: f64) -> f64 {
    if tried <= 0.0 {
        return 0.0;
    }
    1.0 - lower_bound(tried - failed, tried)
}

pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
