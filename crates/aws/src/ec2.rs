//! EC2 without its SDK crate, which takes minutes to compile for a few reads.
//!
//! What belongs here: EC2's query protocol ([`crate::signed`] sends it). What must not: which questions are asked, and when
//! ([`crate::observe`]).

use std::time::Duration;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::{SdkConfig, request_id::RequestId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    dates::DateReader,
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

/// Members of a request in the protocol's own spelling, as in `Filter.1.Name`.
type Form = Vec<(String, String)>;

/// Asks EC2 in one region, as one role.
#[derive(Clone, Debug)]
pub(crate) struct Client(Operation<Form, Answer, ErrorMetadata>);

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
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    root: Element,
    request_id: Option<String>,
}

impl RequestId for Answer {
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

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
        Self(operation.serializer(written).deserializer(read).build())
    }

    /// One page of the subnets of these ids; what does not exist is left out.
    pub(crate) async fn describe_subnets(
        &self,
        ids: &[String],
        token: Option<&str>,
    ) -> Result<Answer, SdkError<ErrorMetadata, HttpResponse>> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        // By SubnetId one that does not exist would spoil the answer for all others.
        let mut form = vec![
            pair("Action", "DescribeSubnets"),
            pair("Version", VERSION),
            pair("MaxResults", "1000"),
            pair("Filter.1.Name", "subnet-id"),
        ];
        let values = ids.iter().enumerate();
        form.extend(values.map(|(i, id)| (format!("Filter.1.Value.{}", i + 1), id.clone())));
        form.extend(token.map(|token| pair("NextToken", token)));
        self.0.invoke(form).await
    }
}

fn written(form: Form) -> Result<HttpRequest, BoxError> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = form.iter().map(|(k, v)| format!("{k}={}", encoded(v)));
    let body = pairs.collect::<Vec<_>>().join("&");
    signed::posted("application/x-www-form-urlencoded", body)
}

fn read(response: &HttpResponse) -> Result<Answer, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        // `<Response><Errors><Error><Code>…</Code><Message>…</Message></Error></Errors></Response>`.
        let refused = Element::read(body).get("Errors").get("Error").refusal();
        return Err(OrchestratorError::operation(refused));
    }
    let root = Element::parse(body).map(|(_, root)| root);
    let root = root.ok_or_else(|| OrchestratorError::other("the answer is no XML"))?;
    let request_id = response.request_id().or_else(|| root.text_of("requestId"));
    Ok(Answer {
        request_id: request_id.map(str::to_owned),
        root,
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(
            StatusCode::try_from(status).unwrap(),
            SdkBody::from(body.to_owned()),
        )
    }

    #[test]
    fn subnets_are_read_with_the_states_of_their_blocks() {
        let body = "<DescribeSubnetsResponse><requestId>r-1</requestId><subnetSet><item><subnetId>subnet-1</subnetId>\
            <vpcId>vpc-1</vpcId><availabilityZone>eu-central-1a</availabilityZone><ipv6Native>true</ipv6Native>\
            <ipv6CidrBlockAssociationSet><item><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item>\
            </ipv6CidrBlockAssociationSet></item></subnetSet><nextToken>n &amp; 1</nextToken></DescribeSubnetsResponse>";
        let answer = read(&response(200, body)).unwrap();
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

    #[test]
    fn a_refusal_has_its_code_and_its_sentence() {
        let body = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message>\
            </Error></Errors><RequestID>r-1</RequestID></Response>";
        let error = read(&response(403, body)).unwrap_err();
        let error = error.as_operation_error().unwrap();
        assert_eq!(error.code(), Some("UnauthorizedOperation"));
        assert_eq!(error.message(), Some("You are not authorized"));
        let page = read(&response(502, "<html>")).unwrap_err();
        assert_eq!(page.as_operation_error().unwrap().code(), None);
        assert!(read(&response(200, "<html>")).is_err());
    }

    #[test]
    fn what_is_sent_is_encoded() {
        let request = written(vec![("NextToken".to_owned(), "a/b=".to_owned())]).unwrap();
        assert_eq!(request.body().bytes(), Some(&b"NextToken=a%2Fb%3D"[..]));
        assert_eq!(request.method(), "POST");
    }
}
