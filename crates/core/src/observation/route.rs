//! A route: something that divides traffic between the two sides, in the spelling of its load balancer.
//!
//! What belongs here: what AWS says of one. What must not: what it means ([`crate::way`]).

use std::fmt;

use serde::Serialize;

use super::Place;

/// What names a route in AWS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RouteId {
    /// A listener's default action.
    Listener(String),
    /// A rule that is not the default.
    Rule(String),
}

impl RouteId {
    /// The ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        match self {
            Self::Listener(arn) | Self::Rule(arn) => arn,
        }
    }

    /// In AWS's word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Listener(_) => "listener",
            Self::Rule(_) => "rule",
        }
    }

    /// The end of its ARN, without the kind that VPC Lattice begins its ids with.
    #[must_use]
    pub fn short(&self) -> &str {
        let id = self.arn().rsplit('/').next().unwrap_or_default();
        let kind = ["listener-", "rule-"].into_iter();
        kind.filter_map(|kind| id.strip_prefix(kind))
            .next()
            .unwrap_or(id)
    }
}

/// `rule 332db3fa1c4694fd`.
impl fmt::Display for RouteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.short())
    }
}

/// A listener's default action or a rule that forwards to the service.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Which one.
    pub id: RouteId,
    /// Where it is, for people.
    pub place: Place,
    /// Its load balancer.
    pub load_balancer: String,
    /// How its load balancer spells the division.
    pub setting: Setting,
    /// The division in weights, whatever its spelling: the forward action itself, or one that means the same.
    pub forward: Forward,
    /// The types of all its actions, in order: `authenticate-cognito`, `forward`.
    pub actions: Vec<String>,
    /// Hash over the whole action list; a write expects it unchanged.
    pub fingerprint: String,
}

/// A forward action.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Forward {
    /// By ARN: AWS promises no order.
    pub groups: Vec<WeightedGroup>,
    /// Target group stickiness in seconds, where it is on.
    pub stickiness: Option<u32>,
}

/// A target group in a forward action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeightedGroup {
    /// Target group.
    pub arn: String,
    /// 0 to 999.
    pub weight: u16,
}

/// How a load balancer spells the division of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Setting {
    /// By the weights of its forward action, which are [`Route::forward`]: an Application Load Balancer, or a service of VPC
    /// Lattice.
    #[default]
    Weights,
    /// By where the clients of a family are led: a Network Load Balancer.
    Families(Families),
}

/// A listener of a Network Load Balancer with its rules. No action there names target groups of both families (Elastic Load
/// Balancing, "Listeners for your Network Load Balancers": default actions).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Families {
    /// The IPv4 target group of the pair that it was read for.
    pub ipv4: String,
    /// The IPv6 one, where it is there.
    pub ipv6: Option<String>,
    /// Its default action.
    pub default: Forward,
    /// Its rules, by priority.
    pub rules: Vec<FamilyRule>,
}

/// A rule of such a listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FamilyRule {
    /// ARN.
    pub arn: String,
    /// 1 to 50000; the lowest is met first.
    pub priority: u32,
    /// Whose clients it takes: `ipv4` or `ipv6`; `None` where it has any other condition.
    pub clients: Option<String>,
    /// Where it leads them.
    pub forward: Forward,
    /// Hash over its action list.
    pub fingerprint: String,
}

impl Forward {
    /// The only target group that it names.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match &self.groups[..] {
            [group] => Some(&group.arn),
            _ => None,
        }
    }

    /// Whether it names a target group.
    #[must_use]
    pub fn names(&self, arn: &str) -> bool {
        self.groups.iter().any(|g| g.arn == arn)
    }

    /// All to one target group.
    #[must_use]
    pub fn to(arn: &str) -> Self {
        let group = WeightedGroup {
            arn: arn.to_owned(),
            weight: 1,
        };
        Self {
            groups: vec![group],
            stickiness: None,
        }
    }
}
