//! What is particular to each service: its names, its words for what is wrong with any call.
//!
//! What must not be here: what an operation does.

use super::{AwsError, cloudwatch};
use crate::contract;

/// The services that the region offers, each with its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Service {
    Ecs,
    Elbv2,
    CloudWatch,
    AutoScaling,
    Ec2,
    Sts,
    Ecr,
    Efs,
    ElastiCache,
    Iam,
    Logs,
    Rds,
    ServiceDiscovery,
    Waf,
    Quotas,
    S3,
    Lattice,
}

/// A line a service.
struct About {
    service: Service,
    label: &'static str,
    title: &'static str,
    signing: &'static str,
    model: &'static str,
    /// The prefix of `X-Amz-Target`, or the namespace of XML answers.
    spoken: Spoken,
    /// The codes for a call that comes too fast, that broke inside, that is not allowed, that the models refuse.
    too_fast: &'static str,
    broken: &'static str,
    denied: &'static str,
    invalid: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Spoken {
    Json(&'static str),
    Xml(&'static str),
    /// Both, and CBOR.
    Either(&'static str, &'static str),
    Rest,
    /// In paths and methods too, with XML in place of JSON.
    RestXml(&'static str),
}

const THROTTLING: &str = "ThrottlingException";
const DENIED: &str = "AccessDeniedException";

const ALL: [About; 17] = {
    use Spoken::{Either, Json, Rest, RestXml, Xml};
    const fn about(
        service: Service,
        [label, title, signing, model]: [&'static str; 4],
        spoken: Spoken,
        [too_fast, broken, denied, invalid]: [&'static str; 4],
    ) -> About {
        About {
            service,
            label,
            title,
            signing,
            model,
            spoken,
            too_fast,
            broken,
            denied,
            invalid,
        }
    }
    [
        about(
            Service::Ecs,
            ["ecs", "ECS", "ecs", "ecs"],
            Json("AmazonEC2ContainerServiceV20141113"),
            [
                THROTTLING,
                "ServerException",
                DENIED,
                "InvalidParameterException",
            ],
        ),
        about(
            Service::Elbv2,
            [
                "elbv2",
                "Elastic Load Balancing",
                "elasticloadbalancing",
                "elbv2",
            ],
            Xml("http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"),
            [
                "Throttling",
                "InternalFailure",
                "AccessDenied",
                "ValidationError",
            ],
        ),
        about(
            Service::CloudWatch,
            ["cloudwatch", "CloudWatch", "monitoring", "cloudwatch"],
            Either(
                "GraniteServiceVersion20100801",
                "http://monitoring.amazonaws.com/doc/2010-08-01/",
            ),
            [
                "Throttling",
                "InternalServiceError",
                "AccessDenied",
                "ValidationError",
            ],
        ),
        about(
            Service::AutoScaling,
            [
                "autoscaling",
                "Application Auto Scaling",
                "application-autoscaling",
                "application-autoscaling",
            ],
            Json("AnyScaleFrontendService"),
            [
                THROTTLING,
                "InternalServiceException",
                DENIED,
                "ValidationException",
            ],
        ),
        about(
            Service::Ec2,
            ["ec2", "EC2", "ec2", "ec2"],
            Xml("http://ec2.amazonaws.com/doc/2016-11-15/"),
            [
                "RequestLimitExceeded",
                "InternalError",
                "UnauthorizedOperation",
                "InvalidParameterValue",
            ],
        ),
        about(
            Service::Sts,
            ["sts", "STS and IAM", "sts", "sts"],
            Xml("https://sts.amazonaws.com/doc/2011-06-15/"),
            [
                "Throttling",
                "InternalFailure",
                "AccessDenied",
                "ValidationError",
            ],
        ),
        about(
            Service::Ecr,
            ["ecr", "ECR", "ecr", "ecr"],
            Json("AmazonEC2ContainerRegistry_V20150921"),
            [
                THROTTLING,
                "ServerException",
                DENIED,
                "InvalidParameterException",
            ],
        ),
        about(
            Service::Efs,
            ["efs", "EFS", "elasticfilesystem", "efs"],
            Rest,
            [THROTTLING, "InternalServerError", DENIED, "BadRequest"],
        ),
        about(
            Service::ElastiCache,
            ["elasticache", "ElastiCache", "elasticache", "elasticache"],
            Xml("http://elasticache.amazonaws.com/doc/2015-02-02/"),
            [
                "Throttling",
                "InternalFailure",
                "AccessDenied",
                "InvalidParameterValue",
            ],
        ),
        about(
            Service::Iam,
            ["iam", "IAM", "iam", "iam"],
            Xml("https://iam.amazonaws.com/doc/2010-05-08/"),
            [
                "Throttling",
                "ServiceFailure",
                "AccessDenied",
                "ValidationError",
            ],
        ),
        about(
            Service::Logs,
            ["logs", "CloudWatch Logs", "logs", "logs"],
            Json("Logs_20140328"),
            [
                THROTTLING,
                "ServiceUnavailableException",
                DENIED,
                "InvalidParameterException",
            ],
        ),
        about(
            Service::Rds,
            ["rds", "RDS", "rds", "rds"],
            Xml("http://rds.amazonaws.com/doc/2014-10-31/"),
            [
                "Throttling",
                "InternalFailure",
                "AccessDenied",
                "InvalidParameterValue",
            ],
        ),
        about(
            Service::ServiceDiscovery,
            [
                "servicediscovery",
                "Cloud Map",
                "servicediscovery",
                "servicediscovery",
            ],
            Json("Route53AutoNaming_v20170314"),
            [THROTTLING, "InternalFailure", DENIED, "InvalidInput"],
        ),
        about(
            Service::Waf,
            ["wafv2", "WAF", "wafv2", "wafv2"],
            Json("AWSWAF_20190729"),
            [
                THROTTLING,
                "WAFInternalErrorException",
                DENIED,
                "WAFInvalidParameterException",
            ],
        ),
        about(
            Service::Quotas,
            [
                "servicequotas",
                "Service Quotas",
                "servicequotas",
                "service-quotas",
            ],
            Json("ServiceQuotasV20190624"),
            [
                "TooManyRequestsException",
                "ServiceException",
                DENIED,
                "IllegalArgumentException",
            ],
        ),
        about(
            Service::S3,
            ["s3", "S3", "s3", "s3"],
            RestXml("http://s3.amazonaws.com/doc/2006-03-01/"),
            [
                "SlowDown",
                "InternalError",
                "AccessDenied",
                "InvalidRequest",
            ],
        ),
        about(
            Service::Lattice,
            ["vpclattice", "VPC Lattice", "vpc-lattice", "vpc-lattice"],
            Rest,
            [
                THROTTLING,
                "InternalServerException",
                DENIED,
                "ValidationException",
            ],
        ),
    ]
};

impl Service {
    /// Every service.
    pub const ALL: [Self; ALL.len()] = {
        let mut all = [Self::Ecs; ALL.len()];
        let mut place = 0;
        while place < all.len() {
            all[place] = ALL[place].service;
            place += 1;
        }
        all
    };

    fn about(self) -> &'static About {
        static TABLE: [About; ALL.len()] = ALL;
        // A test looks that each stands in its place.
        &TABLE[self as usize]
    }

    /// The short name in counters and faults, e.g. `ecs` in `ecs:DescribeServices`.
    pub fn label(self) -> &'static str {
        self.about().label
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// The name in a signature's scope.
    pub fn signing_name(self) -> &'static str {
        self.about().signing
    }

    /// The name of its model.
    pub(crate) fn model(self) -> &'static str {
        self.about().model
    }

    /// The service that a signature's scope names.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.signing_name() == name)
    }

    /// The service that the prefix of an `X-Amz-Target` names.
    pub fn from_target(prefix: &str) -> Option<Self> {
        let named = |s: &Self| match s.about().spoken {
            Spoken::Json(target) | Spoken::Either(target, _) => target == prefix,
            Spoken::Xml(_) | Spoken::Rest | Spoken::RestXml(_) => false,
        };
        Self::ALL.into_iter().find(named)
    }

    /// The namespace of its XML answers.
    pub fn xml_namespace(self) -> &'static str {
        match self.about().spoken {
            Spoken::Xml(namespace) | Spoken::Either(_, namespace) | Spoken::RestXml(namespace) => {
                namespace
            }
            Spoken::Json(_) | Spoken::Rest => "",
        }
    }

    /// Whether it takes every scalar as text: forms and query strings know nothing else.
    pub(crate) fn spells_all_as_text(self) -> bool {
        !matches!(self.about().spoken, Spoken::Json(_))
    }

    /// Whether it speaks in paths and methods, and JSON.
    pub(crate) fn is_rest(self) -> bool {
        self.about().spoken == Spoken::Rest
    }

    /// Whether it speaks in paths and methods, and XML.
    pub(crate) fn is_rest_xml(self) -> bool {
        matches!(self.about().spoken, Spoken::RestXml(_))
    }

    /// Whether what it keeps may be in another region, and is asked for there.
    pub(crate) fn is_everywhere(self) -> bool {
        self == Self::S3
    }

    /// Whether one is for all regions, and signed for us-east-1 whatever the caller's.
    pub(crate) fn is_global(self) -> bool {
        matches!(self, Self::Sts | Self::Iam)
    }

    /// The output fields that are maps: XML spells those as entries, and structures as elements.
    pub fn xml_maps(self) -> &'static [&'static str] {
        contract::maps(self)
    }

    /// The output fields that are lists whose items have a name of their own in XML.
    pub(crate) fn xml_items(self) -> &'static [(&'static str, &'static str)] {
        contract::items(self)
    }

    /// Whether it names awsQuery's error codes in a header beside the protocol's own.
    pub fn speaks_query_errors(self) -> bool {
        self == Self::CloudWatch
    }

    /// The name of an error's shape, where that differs from the code.
    pub fn error_shape(self, code: &str) -> &str {
        match self {
            Self::CloudWatch => cloudwatch::error_shape(code),
            _ => code,
        }
    }

    /// How it refuses a call that comes too fast.
    pub fn too_fast(self) -> AwsError {
        let code = self.about().too_fast;
        match self {
            Self::Ec2 => AwsError::new(code, "Request limit exceeded.").with_status(503),
            Self::S3 => AwsError::new(code, "Please reduce your request rate.").with_status(503),
            Self::Lattice => AwsError::new(code, "Rate exceeded").with_status(429),
            _ => AwsError::new(code, "Rate exceeded"),
        }
    }

    /// How it says that something broke inside it during an operation.
    pub fn broken(self, op: &str) -> AwsError {
        let code = match self {
            Self::Elbv2 if op == "DescribeTargetHealth" => "HealthUnavailable",
            // Its model gives these no error of their own for it, so it is the one that all services have.
            Self::AutoScaling if op.ends_with("Resource") => "InternalFailure",
            _ => self.about().broken,
        };
        AwsError::new(code, "An internal error has occurred.").with_status(500)
    }

    /// How it refuses a caller who may not.
    pub(crate) fn denied(self, message: String) -> AwsError {
        let status = match self.about().spoken {
            Spoken::Json(_) => 400,
            _ => 403,
        };
        AwsError::new(self.about().denied, message).with_status(status)
    }

    /// Its code for what its models refuse.
    pub(crate) fn invalid(self) -> &'static str {
        self.about().invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_stands_in_its_place() {
        for service in Service::ALL {
            assert_eq!(service.about().service, service);
        }
    }
}
