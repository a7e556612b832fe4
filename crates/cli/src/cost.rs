//! What it costs to run both sides, and what a network costs, by prices that are named.
//!
//! What belongs here: prices with their date and source, and hours times prices. What must not: hours
//! (`sixshift_core::foresee::Twice`), and what could be saved (`sixshift_core::savings`).

use std::{collections::BTreeMap, str::FromStr};

use serde::Serialize;
use sixshift_api::model::Twice;

/// A month, as AWS's calculator has it.
pub(crate) const HOURS_A_MONTH: f64 = 730.0;

/// Dollars an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Prices {
    /// Of a vCPU.
    vcpu_hour: f64,
    /// Of a GB of memory.
    gb_hour: f64,
    /// Of a public IPv4 address.
    address_hour: f64,
}

/// Of a public IPv4 address, in every region (Amazon VPC: "Pricing", since February 2024).
const ADDRESS: f64 = 0.005;

/// AWS Fargate: "Pricing", US East (N. Virginia), Linux on x86, as of March 2026.
const X86: Prices = Prices {
    vcpu_hour: 0.04048,
    gb_hour: 0.004_445,
    address_hour: ADDRESS,
};

/// The same on ARM.
const ARM: Prices = Prices {
    vcpu_hour: 0.03238,
    gb_hour: 0.00356,
    address_hour: ADDRESS,
};

/// Of a GB that a query of CloudWatch Logs Insights scans (Amazon CloudWatch: "Pricing", us-east-1, as of March 2026).
pub(crate) const LOGS_GB_SCANNED: f64 = 0.005;

/// How the table is called.
pub(crate) const LIST: &str = "AWS's list prices of us-east-1 on demand, as of March 2026";

impl FromStr for Prices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let given = given(text, &["vcpu", "gb", "address"], EXAMPLE)?;
        let price = |key: &str| given.get(key).copied();
        let (vcpu, gb) = price("vcpu")
            .zip(price("gb"))
            .ok_or_else(|| wrong(text, EXAMPLE))?;
        Ok(Self {
            vcpu_hour: vcpu,
            gb_hour: gb,
            address_hour: price("address").unwrap_or(ADDRESS),
        })
    }
}

const EXAMPLE: &str = "vcpu=0.04656,gb=0.00511";

fn wrong(text: &str, example: &str) -> String {
    format!("{text:?} is no list of prices: write {example}")
}

/// Prices by their keys.
fn given<'a>(
    text: &'a str,
    keys: &[&str],
    example: &str,
) -> Result<BTreeMap<&'a str, f64>, String> {
    let one = |part: &'a str| {
        let (key, price) = part.split_once('=')?;
        let price: f64 = price.trim().parse().ok()?;
        let is_price = price.is_finite() && price >= 0.0 && keys.contains(&key.trim());
        is_price.then_some((key.trim(), price))
    };
    let prices: Option<BTreeMap<&str, f64>> = text.split(',').map(one).collect();
    prices.ok_or_else(|| wrong(text, example))
}

/// What a way out costs in dollars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkPrices {
    /// Of a NAT gateway.
    pub(crate) nat_hour: f64,
    /// Of a GB that it carries, whichever way.
    pub(crate) nat_gb: f64,
    /// Of a public IPv4 address.
    pub(crate) address_hour: f64,
}

/// Amazon VPC: "Pricing", NAT gateways, US East (N. Virginia), as of March 2026.
impl Default for NetworkPrices {
    fn default() -> Self {
        Self {
            nat_hour: 0.045,
            nat_gb: 0.045,
            address_hour: ADDRESS,
        }
    }
}

impl FromStr for NetworkPrices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let given = given(text, &["nat", "natgb", "address"], "nat=0.052,natgb=0.052")?;
        let usual = Self::default();
        let price = |key: &str, usual: f64| given.get(key).copied().unwrap_or(usual);
        Ok(Self {
            nat_hour: price("nat", usual.nat_hour),
            nat_gb: price("natgb", usual.nat_gb),
            address_hour: price("address", usual.address_hour),
        })
    }
}

/// An estimate in dollars.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    /// What an hour costs; none where no price is known.
    prices: Option<Prices>,
    /// Whose prices they are.
    pub(crate) source: String,
    /// Of running both sides; none where hours or prices are not known.
    pub(crate) both_sides: Option<f64>,
    /// What the public IPv4 addresses cost that are given up, a month.
    pub(crate) addresses_a_month: f64,
}

impl Cost {
    /// By prices that were given, or AWS's list.
    pub(crate) fn of(twice: &Twice, given: Option<Prices>) -> Self {
        let (prices, source) = match given {
            Some(prices) => (Some(prices), "the prices that were given".to_owned()),
            None => listed(twice),
        };
        let hours = twice.vcpu_hours.zip(twice.gb_hours);
        let costs = prices.zip(hours);
        let address = prices.map_or(ADDRESS, |p| p.address_hour);
        Self {
            prices,
            source,
            both_sides: costs.map(|(p, (vcpu, gb))| p.vcpu_hour * vcpu + p.gb_hour * gb),
            addresses_a_month: f64::from(twice.public_addresses) * address * HOURS_A_MONTH,
        }
    }
}

fn listed(twice: &Twice) -> (Option<Prices>, String) {
    let is_windows = twice
        .operating_system
        .as_ref()
        .is_some_and(|os| os.starts_with("WINDOWS"));
    let none = |why: &str| (None, why.to_owned());
    match (twice.capacity.as_str(), twice.architecture.as_deref()) {
        ("instances", _) => none("its tasks run on instances that are paid for anyway"),
        _ if is_windows => none("no list price of Windows is known here: give --prices"),
        (_, Some("ARM64")) => (Some(ARM), format!("{LIST}, Linux on ARM")),
        (_, None | Some("X86_64")) => (Some(X86), format!("{LIST}, Linux on x86")),
        (_, Some(other)) => none(&format!("no list price of {other} is known here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twice() -> Twice {
        Twice {
            from: None,
            until: None,
            task_hours: 100.0,
            vcpu_hours: Some(50.0),
            gb_hours: Some(100.0),
            capacity: "fargate".to_owned(),
            architecture: None,
            operating_system: None,
            public_addresses: 3,
        }
    }

    #[test]
    fn hours_are_multiplied_by_the_list_or_by_what_is_given() {
        let cost = Cost::of(&twice(), None);
        assert!((cost.both_sides.unwrap() - (2.024 + 0.4445)).abs() < 1e-9);
        assert!((cost.addresses_a_month - 10.95).abs() < 1e-9);
        assert!(cost.source.contains("us-east-1"));
        let given = "vcpu=1,gb=2, address=0".parse().unwrap();
        let cost = Cost::of(&twice(), Some(given));
        assert_eq!(
            (cost.both_sides, cost.addresses_a_month),
            (Some(250.0), 0.0)
        );
    }

    #[test]
    fn what_has_no_price_has_hours_alone() {
        let on = |capacity: &str, os: Option<&str>| {
            let twice = Twice {
                capacity: capacity.to_owned(),
                operating_system: os.map(str::to_owned),
                ..twice()
            };
            Cost::of(&twice, None).both_sides
        };
        assert_eq!(on("instances", None), None);
        assert_eq!(on("fargate", Some("WINDOWS_SERVER_2022_CORE")), None);
        assert!(on("fargateProviders", Some("LINUX")).is_some());
    }

    #[test]
    fn what_is_not_given_of_a_network_has_its_list_price() {
        let given: NetworkPrices = "nat=0.052, address=0".parse().unwrap();
        assert_eq!((given.nat_hour, given.address_hour), (0.052, 0.0));
        assert_eq!(given.nat_gb, NetworkPrices::default().nat_gb);
        for wrong in ["", "nat=-1", "vcpu=1", "nat"] {
            assert!(wrong.parse::<NetworkPrices>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn prices_are_whole_or_refused() {
        for wrong in [
            "",
            "vcpu=1",
            "gb=1,vcpu=x",
            "vcpu=1,gb=-1",
            "vcpu=1,gb=1,tb=1",
            "1,2",
        ] {
            assert!(wrong.parse::<Prices>().is_err(), "{wrong}");
        }
    }
}
