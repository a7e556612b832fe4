//! One file or folder an AWS service: an operation's name and input become a change of the world and an output.
//!
//! Handlers are plain synchronous functions `(&mut World, op, &Value) -> Result<Value, AwsError>`. They know neither the
//! wire protocol nor time: both are done before they are called.

pub mod autoscaling;
pub mod cloudwatch;
pub mod ec2;
pub mod ecs;
pub mod elbv2;
pub(crate) mod paging;
pub mod sts;
pub mod system_tags;

use crate::{Value, contract, rules, world::World};

const UNKNOWN_OPERATION: &str = "UnknownOperationException";

/// A refusal, as AWS words it: the code that clients match on, the sentence, and the HTTP status.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// AWS's error code, e.g. `InvalidParameterException`.
    pub code: String,
    /// AWS's sentence.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl AwsError {
    /// A refusal with status 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: 400,
        }
    }

    /// A missing or malformed parameter.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", message)
    }

    /// An operation that the service does not have, or that this region does not simulate.
    pub fn unknown_operation(op: &str) -> Self {
        Self::new(
            UNKNOWN_OPERATION,
            format!("The operation {op} is not simulated."),
        )
    }

    /// The same refusal with another HTTP status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

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
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 6] = [
        Self::Ecs,
        Self::Elbv2,
        Self::CloudWatch,
        Self::AutoScaling,
        Self::Ec2,
        Self::Sts,
    ];

    /// The short name in counters and faults, e.g. `ecs` in `ecs:DescribeServices`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Elbv2 => "elbv2",
            Self::CloudWatch => "cloudwatch",
            Self::AutoScaling => "autoscaling",
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ecs => "ECS",
            Self::Elbv2 => "Elastic Load Balancing",
            Self::CloudWatch => "CloudWatch",
            Self::AutoScaling => "Application Auto Scaling",
            Self::Ec2 => "EC2",
            Self::Sts => "STS and IAM",
        }
    }

    /// The name in a signature's scope.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Elbv2 => "elasticloadbalancing",
            Self::CloudWatch => "monitoring",
            Self::AutoScaling => "application-autoscaling",
            Self::Ec2 => "ec2",
            Self::Sts => "sts",
        }
    }

    /// The service that a signature's scope names.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.signing_name() == name)
    }

    /// The service that the prefix of an `X-Amz-Target` names.
    pub fn from_target(prefix: &str) -> Option<Self> {
        match prefix {
            "AmazonEC2ContainerServiceV20141113" => Some(Self::Ecs),
            "AnyScaleFrontendService" => Some(Self::AutoScaling),
            "GraniteServiceVersion20100801" => Some(Self::CloudWatch),
            _ => None,
        }
    }

    /// The namespace of its XML answers.
    pub fn xml_namespace(self) -> &'static str {
        match self {
            Self::Elbv2 => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            Self::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Ecs | Self::AutoScaling => "",
        }
    }

    /// The output fields that are maps: XML spells those as entries, and structures as elements.
    pub fn xml_maps(self) -> &'static [&'static str] {
        contract::maps(self)
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
        match self {
            Self::Ecs | Self::AutoScaling => AwsError::new("ThrottlingException", "Rate exceeded"),
            Self::Elbv2 | Self::CloudWatch | Self::Sts => {
                AwsError::new("Throttling", "Rate exceeded")
            }
            Self::Ec2 => {
                AwsError::new("RequestLimitExceeded", "Request limit exceeded.").with_status(503)
            }
        }
    }

    /// How it says that something broke inside it during an operation.
    pub fn broken(self, op: &str) -> AwsError {
        let code = match self {
            Self::Elbv2 if op == "DescribeTargetHealth" => "HealthUnavailable",
            Self::Ecs => "ServerException",
            Self::CloudWatch => "InternalServiceError",
            Self::AutoScaling => "InternalServiceException",
            Self::Ec2 => "InternalError",
            Self::Elbv2 | Self::Sts => "InternalFailure",
        };
        AwsError::new(code, "An internal error has occurred.").with_status(500)
    }
}

/// Runs one operation against the world at the world's own `now`.
///
/// # Errors
/// What AWS refuses, with AWS's code; an unknown operation is `UnknownOperationException` (`InvalidAction` where the service
/// speaks a query protocol).
pub fn call(
    world: &mut World,
    service: Service,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let input = &contract::read(service, op, input, &world.newer).map_err(|e| named(service, e))?;
    rules::check(world, service, op, input)?;
    let outcome = match service {
        Service::Ecs => ecs::call(world, op, input),
        Service::Elbv2 => elbv2::call(world, op, input),
        Service::CloudWatch => cloudwatch::call(world, op, input),
        Service::AutoScaling => autoscaling::call(world, op, input),
        Service::Ec2 => ec2::call(world, op, input),
        Service::Sts => sts::call(world, op, input),
    };
    let outcome = outcome.map_err(|error| named(service, error));
    #[cfg(test)]
    if let Ok(output) = &outcome {
        let faults = contract::faults(service, op, output, &world.newer);
        assert!(faults.is_empty(), "{op}'s answer: {faults:#?}");
    }
    outcome
}

/// Query protocols have a name of their own for an operation that is not there.
fn named(service: Service, error: AwsError) -> AwsError {
    match service {
        Service::Elbv2 | Service::Ec2 | Service::Sts if error.code == UNKNOWN_OPERATION => {
            AwsError {
                code: "InvalidAction".to_owned(),
                ..error
            }
        }
        _ => error,
    }
}
