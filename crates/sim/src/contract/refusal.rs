//! What is wrong with an input in the words of the service that refuses it.
//!
//! What belongs here: codes and sentences. What must not: finding out what is wrong.

use super::wrong::{Kind, Measure, Wrong};
use crate::services::{AwsError, Service};

/// The refusal for what is wrong; none where nothing is.
pub(super) fn of(service: Service, op: &str, wrong: Vec<Wrong>) -> Option<AwsError> {
    // What cannot be read is refused before what is read is judged.
    let unreadable = wrong.iter().find(|w| is_unreadable(&w.kind));
    let first = unreadable.or(wrong.first())?;
    let code = code(service, op, first);
    let message = match service {
        _ if unreadable.is_some() => unreadable_sentence(service, first),
        Service::Ec2 => of_ec2(first),
        Service::CloudWatch if code != "ValidationError" => of_cloudwatch(first),
        _ => detected(&wrong),
    };
    Some(AwsError::new(code, message))
}

fn is_unreadable(kind: &Kind) -> bool {
    matches!(kind, Kind::Type { .. } | Kind::Unknown { .. })
}

fn code(service: Service, op: &str, wrong: &Wrong) -> &'static str {
    match (service, &wrong.kind) {
        (Service::Ec2, Kind::Unknown { .. }) => "UnknownParameter",
        (
            Service::Ec2 | Service::CloudWatch | Service::Rds | Service::ElastiCache,
            Kind::Missing,
        ) => "MissingParameter",
        // The one with three protocols: only awsQuery has numbers as text.
        (Service::CloudWatch, Kind::Type { found, .. }) if *found == "STRING_VALUE" => {
            "InvalidParameterValue"
        }
        (_, Kind::Type { .. } | Kind::Unknown { .. })
            if service == Service::CloudWatch || !service.spells_all_as_text() =>
        {
            "SerializationException"
        }
        (Service::CloudWatch, _) if about_data(op) => "InvalidParameterValue",
        (Service::Ecs, _) if about_definitions(op) && !wrong.at.lower().starts_with("tags") => {
            "ClientException"
        }
        _ => service.invalid(),
    }
}

/// CloudWatch refuses data points in other words than alarms.
fn about_data(op: &str) -> bool {
    matches!(
        op,
        "PutMetricData" | "GetMetricData" | "GetMetricStatistics" | "ListMetrics"
    )
}

/// ECS refuses task definitions by another code than services.
fn about_definitions(op: &str) -> bool {
    op.contains("TaskDefinition")
}

fn unreadable_sentence(service: Service, wrong: &Wrong) -> String {
    let at = match service {
        Service::Ec2 => wrong.at.flat(),
        _ if service.spells_all_as_text() => wrong.at.as_sent(),
        _ => wrong.at.lower(),
    };
    match &wrong.kind {
        Kind::Unknown { .. } if service == Service::Ec2 => {
            format!("The parameter {at} is not recognized")
        }
        Kind::Unknown { as_newer } => format!(
            "Unknown member {at}: the models that this region knows have none ({as_newer} is how it is told of a newer one)"
        ),
        Kind::Type { wanted, .. } if service == Service::Ec2 => {
            let kind = wanted.to_ascii_lowercase();
            format!("Invalid value '{}' for {kind} {at}", wrong.value)
        }
        Kind::Type { found, wanted } if *found == "START_OBJECT" || *wanted == "structure" => {
            format!(
                "Start of structure or map found where not expected: {at} wants a {wanted}, not {found}"
            )
        }
        Kind::Type { found, wanted } => format!("{found} can not be converted to a {wanted}: {at}"),
        _ => at,
    }
}

/// The sentence of services that check their whole model at once.
fn detected(wrong: &[Wrong]) -> String {
    let plural = if wrong.len() == 1 { "" } else { "s" };
    let each: Vec<String> = wrong.iter().map(constraint).collect();
    format!(
        "{} validation error{plural} detected: {}",
        wrong.len(),
        each.join("; ")
    )
}

fn constraint(wrong: &Wrong) -> String {
    let value = match wrong.kind {
        Kind::Missing => "null".to_owned(),
        _ => format!("'{}'", wrong.value),
    };
    format!(
        "Value {value} at '{}' failed to satisfy constraint: {}",
        wrong.at.lower(),
        must(&wrong.kind)
    )
}

fn must(kind: &Kind) -> String {
    match kind {
        Kind::Missing => "Member must not be null".to_owned(),
        Kind::NotOneOf(values) => {
            format!(
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            )
        }
        Kind::Pattern(pattern) => {
            format!("Member must satisfy regular expression pattern: {pattern}")
        }
        Kind::Several => "Member must have exactly one of its members set".to_owned(),
        Kind::Outside {
            measure,
            least,
            most,
            below,
        } => {
            let what = match measure {
                Measure::Number => "value",
                Measure::Length | Measure::Size => "length",
            };
            let (than, bound) = if *below {
                ("greater", least)
            } else {
                ("less", most)
            };
            let bound = bound.unwrap_or_default();
            format!("Member must have {what} {than} than or equal to {bound}")
        }
        Kind::Type { .. } | Kind::Unknown { .. } => String::new(),
    }
}

fn of_ec2(wrong: &Wrong) -> String {
    let at = wrong.at.flat();
    match &wrong.kind {
        Kind::Missing => format!("The request must contain the parameter {at}"),
        Kind::Outside {
            least: Some(least),
            most: Some(most),
            ..
        } => format!(
            "Value ( {} ) for parameter {at} is invalid. Expecting a value from {least} to {most}.",
            wrong.value
        ),
        kind => format!(
            "Value ({}) for parameter {at} is invalid. {}",
            wrong.value,
            must(kind)
        ),
    }
}

fn of_cloudwatch(wrong: &Wrong) -> String {
    let at = wrong.at.as_sent();
    match &wrong.kind {
        Kind::Missing => format!("The parameter {at} is required."),
        Kind::Outside {
            measure: Measure::Size,
            most: Some(most),
            below: false,
            ..
        } => format!("The collection {at} must not have a size greater than {most}."),
        kind => format!(
            "The value {} for parameter {at} is invalid. {}",
            wrong.value,
            must(kind)
        ),
    }
}
