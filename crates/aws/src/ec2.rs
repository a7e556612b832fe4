//! EC2 without its SDK crate, which takes minutes to compile for a few reads.
//!
//! What belongs here: which of EC2's operations there are ([`crate::query`] writes and reads them). What must not: which
//! questions are asked, and when ([`crate::observe`], [`crate::survey`]).

use std::time::Duration;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SdkConfig;

use crate::{
    call::Operation,
    dates::DateReader,
    query::{self, Call, Form, pair},
    signed::{self, Service},
    tape::Ear,
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

/// What is asked of EC2 beside the action.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    form: Form,
    filters: usize,
    page: Option<u16>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            form: Form::new(),
            filters: 0,
            page: Some(1000),
        }
    }
}

impl Ask {
    /// Only what has one of these values. By ids one that does not exist would spoil the answer for all others.
    pub(crate) fn filter<S: AsRef<str>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.filters += 1;
        let filter = format!("Filter.{}", self.filters);
        self.form.push((format!("{filter}.Name"), name.to_owned()));
        let values = values.into_iter().enumerate();
        let value =
            |(i, v): (usize, S)| (format!("{filter}.Value.{}", i + 1), v.as_ref().to_owned());
        self.form.extend(values.map(value));
        self
    }

    /// A member of one's own.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.form.push(pair(name, value));
        self
    }

    /// At most so many on a page, where EC2 takes no more.
    pub(crate) fn page(self, most: u16) -> Self {
        Self {
            page: Some(most),
            ..self
        }
    }

    /// For an action without pages.
    pub(crate) fn unpaged(self) -> Self {
        Self { page: None, ..self }
    }
}

/// What EC2 answered.
pub(crate) type Answer = query::Answer;

impl Answer {
    /// Where the next page begins.
    pub(crate) fn next_token(&self) -> Option<String> {
        let token = self.root.text_of("nextToken").filter(|t| !t.is_empty());
        token.map(str::to_owned)
    }
}

impl Client {
    /// With the same configuration as the SDK's clients, at an address.
    pub(crate) fn new(sdk: &SdkConfig, address: &str, dates: DateReader, ear: Ear) -> Self {
        let operation = signed::operation(sdk, &EC2, "Query", address, TIMEOUT)
            .interceptor(dates)
            .interceptor(ear);
        Self(Call::new(operation))
    }

    /// One page of what an action describes.
    pub(crate) async fn describe(
        &self,
        operation: &Operation,
        ask: &Ask,
        token: Option<&str>,
    ) -> Result<Answer, SdkError<ErrorMetadata, HttpResponse>> {
        let mut form = vec![pair("Action", operation.action()), pair("Version", VERSION)];
        form.extend(ask.page.map(|most| pair("MaxResults", &most.to_string())));
        form.extend(ask.form.iter().cloned());
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
    fn a_page_says_where_the_next_one_begins() {
        let body = "<DescribeSubnetsResponse><requestId>r-1</requestId><subnetSet/>\
            <nextToken>n &amp; 1</nextToken></DescribeSubnetsResponse>";
        let answer = answered(body);
        assert_eq!(answer.next_token().as_deref(), Some("n & 1"));
        assert_eq!(answer.request_id(), Some("r-1"));
    }

    #[test]
    fn filters_are_counted_and_so_are_their_values() {
        let ask = Ask::default()
            .filter("vpc-id", ["a"])
            .filter("state", ["b", "c"]);
        let names: Vec<&str> = ask.form.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "Filter.1.Name",
            "Filter.1.Value.1",
            "Filter.2.Name",
            "Filter.2.Value.1",
            "Filter.2.Value.2",
        ];
        assert_eq!(names, expected);
    }
}
