//! Which of AWS's errors is of which sort.
//!
//! What belongs here: AWS's codes, and its sentences where a code says too little, each with where it was seen. What must
//! not: what follows from a sort ([`super`]).

use super::Kind;

/// Answers whose code alone would be misread.
struct Sentence {
    /// The operations' prefix in IAM, or one operation.
    of: &'static str,
    code: &'static str,
    /// What AWS's sentence has in it.
    says: &'static str,
    kind: Kind,
}

const ECS: &str = "ecs:";
const SCALING: &str = "application-autoscaling:";
const ELB: &str = "elasticloadbalancing:";

const SENTENCES: &[Sentence] = &[
    // hashicorp/terraform-provider-aws#29990: for some seconds after the route was written, too.
    behind(
        "ecs:CreateService",
        "InvalidParameterException",
        "does not have an associated load balancer",
    ),
    // hashicorp/terraform-provider-aws#9777
    behind(
        "ecs:RegisterTaskDefinition",
        "ClientException",
        "Too many concurrent attempts to create a new revision",
    ),
    // What hashicorp/terraform-provider-aws tries again when it creates a service.
    behind(
        ECS,
        "InvalidParameterException",
        "Unable to assume the service linked role",
    ),
    behind(
        ECS,
        "InvalidParameterException",
        "verify that the ECS service role being passed has the proper permissions",
    ),
    // hashicorp/terraform-provider-aws#23462: it is there already, and the next look sees it.
    behind(
        "ecs:CreateService",
        "InvalidParameterException",
        "Creation of service was not idempotent",
    ),
    // botocore: ecs DeleteService says that a service that drains cannot be made again.
    Sentence {
        of: "ecs:CreateService",
        code: "InvalidParameterException",
        says: "still Draining",
        kind: Kind::Conflict,
    },
    // hashicorp/terraform-provider-aws#11693, spinnaker/spinnaker#4371
    behind(SCALING, "ValidationException", "ECS service doesn't exist"),
    behind(SCALING, "ValidationException", "Unable to assume IAM role"),
    behind(
        SCALING,
        "ValidationException",
        "does not route traffic to the target group",
    ),
    // hashicorp/terraform-provider-aws#10737; botocore: application-autoscaling RegisterScalableTarget, "brief delay".
    behind(
        "application-autoscaling:Put",
        "ObjectNotFoundException",
        "No scalable target registered",
    ),
    // hashicorp/terraform-provider-aws#17280: for some seconds after it was made.
    behind(ELB, "TargetGroupNotFound", ""),
];

/// AWS has not caught up with what was written just before.
const fn behind(of: &'static str, code: &'static str, says: &'static str) -> Sentence {
    Sentence {
        of,
        code,
        says,
        kind: Kind::Behind,
    }
}

const THROTTLED: &[&str] = &[
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "PriorRequestNotComplete",
    "SlowDown",
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
];
const SERVER: &[&str] = &[
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "InternalServiceError",
    "InternalServiceException",
    "InternalServiceFault",
    "ServiceUnavailable",
    "ServerException",
    "HealthUnavailable",
];
/// The AWS services' pages of common errors; `AuthFailure` and `OptInRequired` are EC2's words.
const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
/// Of the clock, though they speak of the signature.
const CLOCK: &[&str] = &[
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
];
const DENIED: &[&str] = &[
    "UnauthorizedOperation",
    "OperationNotPermitted",
    // botocore: application-autoscaling FailedResourceAccessException, the caller may not read the policy's alarms.
    "FailedResourceAccessException",
    // botocore: sns Publish; events PutEvents, of an entry.
    "AuthorizationError",
    "NotAuthorizedForSourceException",
    "NotAuthorizedForDetailTypeException",
];
const CONFLICT: &[&str] = &[
    "BlockedException",
    "ConflictException",
    "OperationInProgress",
    "ResourceInUse",
    "ResourceInUseException",
    "ServiceNotActiveException",
];
/// botocore: application-autoscaling ConcurrentUpdateException, to Describe calls as well; ecs UpdateInProgressException.
const BEHIND: &[&str] = &[
    "ConcurrentModificationException",
    "ConcurrentUpdateException",
    "UpdateInProgressException",
];
const QUOTA: &[&str] = &[
    "TargetGroupAssociationLimit",
    "ServiceQuotaExceededException",
];

/// What sort of error AWS's answer to an operation is.
pub(super) fn kind_of(operation: &str, code: &str, message: &str, status: u16) -> Kind {
    let told = SENTENCES.iter().find(|s| {
        operation.starts_with(s.of)
            && code.trim_end_matches("Exception") == s.code.trim_end_matches("Exception")
            && message.contains(s.says)
    });
    match told {
        // A read that finds nothing says so: only a write was told of something that is there.
        Some(s) if s.kind != Kind::Behind || !is_read(operation) => s.kind,
        _ => by_code(code, status),
    }
}

fn by_code(code: &str, status: u16) -> Kind {
    if code.contains("Throttl") || THROTTLED.contains(&code) || status == 429 {
        Kind::Throttled
    } else if SERVER.contains(&code) || (500..600).contains(&status) {
        Kind::Server
    } else if CREDENTIALS.contains(&code) {
        Kind::Credentials
    } else if code.starts_with("AccessDenied") || DENIED.contains(&code) {
        Kind::Denied
    } else if code.ends_with("NotFound") || code.ends_with("NotFoundException") {
        Kind::Missing
    } else if BEHIND.contains(&code) {
        Kind::Behind
    } else if CONFLICT.contains(&code) {
        Kind::Conflict
    } else if code.starts_with("TooMany") || code.contains("LimitExceeded") || QUOTA.contains(&code)
    {
        Kind::Quota
    } else {
        Kind::Refused
    }
}

/// Whether a code speaks of the clock of whoever asks.
pub(super) fn is_about_clock(code: &str, message: &str) -> bool {
    CLOCK.contains(&code)
        || message.contains("Signature expired")
        || message.contains("not yet current")
}

/// By its name in IAM.
pub(super) fn is_read(operation: &str) -> bool {
    let name = operation
        .split_once(':')
        .map_or(operation, |(_, name)| name);
    ["Describe", "Get", "List"]
        .iter()
        .any(|read| name.starts_with(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(operation: &str, code: &str, message: &str, status: u16) -> Kind {
        kind_of(operation, code, message, status)
    }

    #[test]
    fn codes_are_sorted() {
        for (code, status, sort) in [
            ("ThrottlingException", 400, Kind::Throttled),
            ("Throttling", 400, Kind::Throttled),
            ("ServerException", 500, Kind::Server),
            ("Whatever", 503, Kind::Server),
            ("HealthUnavailable", 500, Kind::Server),
            ("TargetGroupNotFound", 400, Kind::Missing),
            ("ServiceNotFoundException", 400, Kind::Missing),
            ("TooManyTargetGroups", 400, Kind::Quota),
            ("TooManyTags", 400, Kind::Quota),
            ("TargetGroupAssociationLimit", 400, Kind::Quota),
            ("LimitExceededException", 400, Kind::Quota),
            ("AccessDeniedException", 400, Kind::Denied),
            ("FailedResourceAccessException", 400, Kind::Denied),
            ("AuthorizationError", 403, Kind::Denied),
            ("NotAuthorizedForSourceException", 400, Kind::Denied),
            ("ExpiredToken", 403, Kind::Credentials),
            ("AuthFailure", 401, Kind::Credentials),
            ("RequestExpired", 400, Kind::Credentials),
            ("InvalidAccessKeyId", 403, Kind::Credentials),
            ("OptInRequired", 403, Kind::Credentials),
            ("NotAuthorized", 400, Kind::Credentials),
            ("ResourceInUse", 400, Kind::Conflict),
            ("ServiceNotActiveException", 400, Kind::Conflict),
            ("ConflictException", 400, Kind::Conflict),
            ("BlockedException", 400, Kind::Conflict),
            ("InvalidParameterException", 400, Kind::Refused),
        ] {
            assert_eq!(kind("ecs:Whatever", code, "", status), sort, "{code}");
        }
    }

    #[test]
    fn what_aws_has_not_caught_up_with_is_told_by_its_sentence() {
        for (operation, code, message) in [
            (
                "ecs:CreateService",
                "InvalidParameterException",
                "The target group with targetGroupArn a does not have an associated load balancer.",
            ),
            (
                "ecs:CreateService",
                "InvalidParameterException",
                "Creation of service was not idempotent.",
            ),
            (
                "ecs:CreateService",
                "InvalidParameterException",
                "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
            ),
            (
                "ecs:RegisterTaskDefinition",
                "ClientException",
                "Too many concurrent attempts to create a new revision of the specified family.",
            ),
            (
                "application-autoscaling:RegisterScalableTarget",
                "ValidationException",
                "ECS service doesn't exist: service/shop/checkout-ipv6",
            ),
            (
                "application-autoscaling:RegisterScalableTarget",
                "ValidationException",
                "Unable to assume IAM role: arn:aws:iam::123456789012:role/a",
            ),
            (
                "application-autoscaling:PutScalingPolicy",
                "ValidationException",
                "The load balancer does not route traffic to the target group",
            ),
            (
                "application-autoscaling:PutScalingPolicy",
                "ObjectNotFoundException",
                "No scalable target registered for service namespace: ecs, resource ID: service/shop/checkout-ipv6",
            ),
            (
                "application-autoscaling:DescribeScalingPolicies",
                "ConcurrentUpdateException",
                "Concurrent updates caused an exception",
            ),
            (
                "elasticloadbalancing:AddTags",
                "TargetGroupNotFound",
                "Target groups 'a' not found",
            ),
        ] {
            assert_eq!(
                kind(operation, code, message, 400),
                Kind::Behind,
                "{message}"
            );
        }
    }

    #[test]
    fn the_same_code_with_another_sentence_stays_what_it_is() {
        let refused = kind(
            "ecs:CreateService",
            "InvalidParameterException",
            "Subnets can not be blank.",
            400,
        );
        assert_eq!(refused, Kind::Refused);
        let draining = "Unable to Start a service that is still Draining.";
        assert_eq!(
            kind(
                "ecs:CreateService",
                "InvalidParameterException",
                draining,
                400
            ),
            Kind::Conflict
        );
        let other = kind(
            "application-autoscaling:PutScalingPolicy",
            "ValidationException",
            "Too short",
            400,
        );
        assert_eq!(other, Kind::Refused);
    }

    #[test]
    fn a_read_that_finds_nothing_finds_nothing() {
        let read = "elasticloadbalancing:DescribeTargetHealth";
        assert_eq!(kind(read, "TargetGroupNotFound", "", 400), Kind::Missing);
        assert_eq!(
            kind(
                "application-autoscaling:DescribeScalingPolicies",
                "ObjectNotFoundException",
                "No scalable target registered",
                400
            ),
            Kind::Missing
        );
    }
}
