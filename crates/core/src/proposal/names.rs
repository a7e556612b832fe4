//! What a plan for a service is called.

use std::collections::BTreeSet;

use crate::plan::{Plan, ServiceRef};

/// `metadata.name` takes no more.
const MOST: usize = 63;

/// The service's name as far as a plan may have it: in lower case, with dashes. Where that is another's name, or cut short, with
/// a part of the service's own mark at the end.
#[must_use]
pub fn name_of(service: &ServiceRef, taken: &BTreeSet<String>) -> String {
    let plain = plain(&service.name);
    let is_its_own = !plain.is_empty() && plain.len() <= MOST && !taken.contains(&plain);
    if is_its_own {
        return plain;
    }
    let mark = Plan::draft(&service.name, service).uid;
    let room = MOST - 1 - mark.0.len();
    let stem: String = plain.chars().take(room).collect();
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() {
        return format!("service-{mark}");
    }
    format!("{stem}-{mark}")
}

/// botocore: servicediscovery `ServiceName`, a label of it.
const MOST_OF_A_LABEL: usize = 63;
const OF_TWIN: &str = "-ipv6";

/// The name that consumers of a registry could move to.
pub(super) fn of_twin(service: &str) -> String {
    let stem: String = plain(service)
        .chars()
        .take(MOST_OF_A_LABEL - OF_TWIN.len())
        .collect();
    format!("{}{OF_TWIN}", stem.trim_end_matches('-'))
}

fn plain(name: &str) -> String {
    let lower = name.chars().map(|c| match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => '-',
    });
    let lower: String = lower.collect();
    lower.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str) -> ServiceRef {
        ServiceRef {
            region: "eu-central-1".to_owned(),
            cluster: "prod".to_owned(),
            name: name.to_owned(),
            role_arn: None,
            external_id: None,
        }
    }

    fn name(of: &str, taken: &[&str]) -> String {
        name_of(
            &service(of),
            &taken.iter().map(|t| (*t).to_owned()).collect(),
        )
    }

    #[test]
    fn a_plan_is_called_as_its_service_as_far_as_it_may() {
        assert_eq!(name("checkout", &[]), "checkout");
        assert_eq!(name("Check_Out-", &[]), "check-out");
        assert_eq!(name(&"a".repeat(255), &[]).len(), 63);
    }

    #[test]
    fn the_twins_name_is_a_label_of_dns() {
        assert_eq!(of_twin("checkout"), "checkout-ipv6");
        assert_eq!(of_twin(&"a".repeat(255)).len(), 63);
    }

    #[test]
    fn a_name_that_is_taken_or_nothing_gets_the_services_own_mark() {
        let mark = |of: &str| Plan::draft(of, &service(of)).uid;
        let taken = name("checkout", &["checkout"]);
        assert_eq!(taken, format!("checkout-{}", mark("checkout")));
        assert_eq!(name("___", &[]), format!("service-{}", mark("___")));
    }
}
