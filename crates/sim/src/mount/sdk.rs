//! The region as the HTTP client of an AWS SDK: no socket, no threads, the time of tokio alone.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};

use crate::region::Region;

/// The client and its only connector.
#[derive(Clone, Debug)]
struct InProcess(Region);

impl Region {
    /// An HTTP client for the configuration of any AWS SDK, which reaches this region in process.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess(self.clone()))
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let region = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = whole(request)?;
            match region.exchange(request).await {
                Ok(response) => answer(response),
                Err(lost) => Err(ConnectorError::io(lost.into())),
            }
        })
    }
}

fn whole(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|e| ConnectorError::user(e.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.bytes().map(Bytes::copy_from_slice);
    // No operation here streams its request.
    let body = body.ok_or_else(|| ConnectorError::user("a streaming body".into()))?;
    Ok(Request::from_parts(parts, body))
}

fn answer(response: Response<Bytes>) -> Result<HttpResponse, ConnectorError> {
    HttpResponse::try_from(response.map(SdkBody::from))
        .map_err(|e| ConnectorError::other(e.into(), None))
}
