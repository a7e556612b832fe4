//! Where a service is known to take more than its model says, each with its source.
//!
//! What must not be here: what a service refuses beyond its model, which is [`crate::rules`].

use crate::services::Service;

/// Values that an enum lacks and the service takes.
pub(super) struct Beyond {
    pub(super) service: Service,
    pub(super) shape: &'static str,
    pub(super) values: &'static [&'static str],
    /// Who says so.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for people, and a test that it is there")
    )]
    pub(super) source: &'static str,
}

pub(super) const BEYOND: &[Beyond] = &[
    Beyond {
        service: Service::Ecs,
        shape: "SettingName",
        values: &["dualStackIPv6"],
        source: "botocore: ecs PutAccountSetting, whose text names a setting that its enum lacks",
    },
    Beyond {
        service: Service::Ec2,
        shape: "AttachmentStatus",
        values: &["available"],
        source: "botocore: ec2 InternetGatewayAttachment.State, whose text names the state of a gateway that is attached",
    },
    Beyond {
        service: Service::Ec2,
        shape: "State",
        values: &["available"],
        source: "hashicorp/terraform-provider-aws, internal/service/ec2: the states of a VPC endpoint that it waits for; the enum has Available",
    },
    Beyond {
        service: Service::Ec2,
        shape: "NetworkInterfaceType",
        values: &["nat_gateway"],
        source: "aws-solutions/workload-discovery-on-aws: EC2's answers recorded in its tests; the enum has natGateway",
    },
];

/// Whether a service takes a value that its model lacks.
pub(super) fn takes(service: Service, shape: &str, value: &str) -> bool {
    BEYOND
        .iter()
        .any(|b| b.service == service && b.shape == shape && b.values.contains(&value))
}
