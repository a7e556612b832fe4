//! AWS's query protocols, for a service of which so little is asked that an SDK crate would only cost: a form goes out, XML
//! comes back. EC2's and awsQuery differ in where an error stands.
//!
//! What belongs here: how requests are written and answers read. What must not: which operations there are.

use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::request_id::RequestId;

use crate::{
    signed,
    xml::{self, Element},
};

/// Members of a request in the protocol's own spelling, as in `Filter.1.Name`.
pub(crate) type Form = Vec<(String, String)>;

/// A service in one region, as one role.
#[derive(Clone, Debug)]
pub(crate) struct Call(Operation<Form, Answer, ErrorMetadata>);

/// What the service answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) root: Element,
    request_id: Option<String>,
}

impl RequestId for Answer {
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl Call {
    pub(crate) fn new(operation: OperationBuilder) -> Self {
        Self(operation.serializer(written).deserializer(read).build())
    }

    /// One attempt.
    pub(crate) async fn send(
        &self,
        form: Form,
    ) -> Result<Answer, SdkError<ErrorMetadata, HttpResponse>> {
        self.0.invoke(form).await
    }
}

/// A member of a form.
pub(crate) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn written(form: Form) -> Result<HttpRequest, BoxError> {
    // An escaped text has no other `%20`: its own per cent signs are escaped.
    let body = xml::body(&form).replace("%20", "+");
    signed::posted("application/x-www-form-urlencoded", body)
}

fn read(response: &HttpResponse) -> Result<Answer, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(refusal(&Element::read(body))));
    }
    let root = Element::parse(body).map(|(_, root)| root);
    let root = root.ok_or_else(|| OrchestratorError::other("the answer is no XML"))?;
    let request_id = response.request_id().or_else(|| root.text_of("requestId"));
    Ok(Answer {
        request_id: request_id.map(str::to_owned),
        root,
    })
}

/// EC2: `<Response><Errors><Error><Code>…</Code><Message>…</Message></Error></Errors></Response>`; awsQuery:
/// `<ErrorResponse><Error>…</Error></ErrorResponse>`.
pub(crate) fn refusal(root: &Element) -> ErrorMetadata {
    let errors = if root.has("Errors") {
        root.get("Errors")
    } else {
        root
    };
    errors.get("Error").refusal()
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(
            StatusCode::try_from(status).unwrap(),
            SdkBody::from(body.to_owned()),
        )
    }

    /// What would be made of a body that came with 200.
    pub(crate) fn answered(body: &str) -> Answer {
        read(&response(200, body)).unwrap()
    }

    #[test]
    fn a_refusal_has_its_code_and_its_sentence_in_either_protocol() {
        let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message>\
            </Error></Errors><RequestID>r-1</RequestID></Response>";
        let aws = "<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>UnauthorizedOperation</Code>\
            <Message>You are not authorized</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
        for body in [ec2, aws] {
            let error = read(&response(403, body)).unwrap_err();
            let error = error.as_operation_error().unwrap();
            assert_eq!(error.code(), Some("UnauthorizedOperation"), "{body}");
            assert_eq!(error.message(), Some("You are not authorized"), "{body}");
        }
        let page = read(&response(502, "<html>")).unwrap_err();
        assert_eq!(page.as_operation_error().unwrap().code(), None);
        assert!(read(&response(200, "<html>")).is_err());
    }

    #[test]
    fn what_is_sent_is_encoded() {
        let request = written(vec![pair("Next", "a/b="), pair("To", "ä+b c-d_e.f~")]).unwrap();
        let body = &b"Next=a%2Fb%3D&To=%C3%A4%2Bb+c-d_e.f~"[..];
        assert_eq!(request.body().bytes(), Some(body));
        assert_eq!(request.method(), "POST");
    }
}
