//! EC2 without its SDK crate, which takes minutes to compile for a few reads.
//!
//! What belongs here: which of EC2's operations there are ([`crate::query`] writes and reads them). What must not: which
//! questions are asked, and when ([`crate::observe`]).

use std::time::Duration;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SdkConfig;

use crate::{
    dates::DateReader,
    query::{self, Call, pair},
    signed::{self, Service},
    tape::Ear,
    xml::Element,
};

const EC2: Service = Service {
    name: "EC2",
    signing_name: "ec2",
};
/// The API's version, the newest since 2016.
const VERSION: &str = "2016-11-15";
/// What is asked is worth knowing, but nothing that a plan under way should wait for long.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks EC2 in one region, as one role.
#[derive(Clone, Debug)]
pub(crate) struct Client(Call);

/// A subnet with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DescribedSubnet {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) ipv6_native: bool,
    /// The states of its IPv6 blocks.
    pub(crate) ipv6_blocks: Vec<String>,
}

/// What EC2 answered.
pub(crate) type Answer = query::Answer;

impl Answer {
    /// Where the next page begins.
    pub(crate) fn next_token(&self) -> Option<String> {
        let token = self.root.text_of("nextToken").filter(|t| !t.is_empty());
        token.map(str::to_owned)
    }

    /// DescribeSubnets' subnets.
    pub(crate) fn subnets(&self) -> Vec<DescribedSubnet> {
        let items = self.root.get("subnetSet").all("item");
        items.filter_map(subnet).collect()
    }
}

fn subnet(item: &Element) -> Option<DescribedSubnet> {
    let blocks = item.get("ipv6CidrBlockAssociationSet").all("item");
    let states = blocks.filter_map(|b| b.get("ipv6CidrBlockState").text_of("state"));
    let text = |name| item.get(name).text().to_owned();
    Some(DescribedSubnet {
        id: item.text_of("subnetId")?.to_owned(),
        vpc: text("vpcId"),
        zone: text("availabilityZone"),
        ipv6_native: item.get("ipv6Native").text() == "true",
        ipv6_blocks: states.map(str::to_owned).collect(),
    })
}

impl Client {
    /// With the same configuration as the SDK's clients, at an address.
    pub(crate) fn new(sdk: &SdkConfig, address: &str, dates: DateReader, ear: Ear) -> Self {
        let operation = signed::operation(sdk, &EC2, "Query", address, TIMEOUT)
            .interceptor(dates)
            .interceptor(ear);
        Self(Call::new(operation))
    }

    /// One page of the subnets that a filter lets through, as in `subnet-id`; what does not exist is left out.
    pub(crate) async fn describe_subnets(
        &self,
        (filter, values): (&str, &[String]),
        token: Option<&str>,
    ) -> Result<Answer, SdkError<ErrorMetadata, HttpResponse>> {
        // By SubnetId one that does not exist would spoil the answer for all others.
        let mut form = vec![
            pair("Action", "DescribeSubnets"),
            pair("Version", VERSION),
            pair("MaxResults", "1000"),
            pair("Filter.1.Name", filter),
        ];
        let values = values.iter().enumerate();
        form.extend(values.map(|(i, id)| (format!("Filter.1.Value.{}", i + 1), id.clone())));
        form.extend(token.map(|token| pair("NextToken", token)));
        self.0.send(form).await
    }
}

#[cfg(test)]
mod tests {
    use aws_types::request_id::RequestId as _;

    use super::*;
    use crate::query::tests::answered;

    #[test]
    fn subnets_are_read_with_the_states_of_their_blocks() {
        let body = "<DescribeSubnetsResponse><requestId>r-1</requestId><subnetSet><item><subnetId>subnet-1</subnetId>\
            <vpcId>vpc-1</vpcId><availabilityZone>eu-central-1a</availabilityZone><ipv6Native>true</ipv6Native>\
            <ipv6CidrBlockAssociationSet><item><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item>\
            </ipv6CidrBlockAssociationSet></item></subnetSet><nextToken>n &amp; 1</nextToken></DescribeSubnetsResponse>";
        let answer = answered(body);
        let subnet = DescribedSubnet {
            id: "subnet-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            zone: "eu-central-1a".to_owned(),
            ipv6_native: true,
            ipv6_blocks: vec!["associated".to_owned()],
        };
        assert_eq!(answer.subnets(), [subnet]);
        assert_eq!(answer.next_token().as_deref(), Some("n & 1"));
        assert_eq!(answer.request_id(), Some("r-1"));
    }
}
