//! AWS's documents as they are on the wire, members that the SDK does not know included.
//!
//! What belongs here: how an answer's bytes are kept, and a request's replaced. The SDK still signs, sends, counts time and
//! reads errors. What must not: what a document says.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
            },
            dyn_dispatch_hint,
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use serde_json::Value;

use crate::xml::{self, Element};

/// Keeps the bytes of an answer. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// The last answer; null where none could be read.
    pub(crate) fn document(&self) -> Value {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// The last answer of a query protocol; empty where none could be read.
    pub(crate) fn xml(&self) -> Element {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Element::read(&bytes)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Kept {
    fn name(&self) -> &'static str {
        "Kept"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}

/// Sends a document in place of what the SDK wrote, before it is signed.
#[derive(Debug)]
pub(crate) struct Sent(Vec<u8>);

impl Sent {
    pub(crate) fn new(document: &Value) -> Self {
        Self(document.to_string().into_bytes())
    }

    /// The same for a query protocol.
    pub(crate) fn form(fields: &[(String, String)]) -> Self {
        Self(xml::body(fields).into_bytes())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Sent {
    fn name(&self) -> &'static str {
        "Sent"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let headers = request.headers_mut();
        headers.insert("content-length", self.0.len().to_string());
        *request.body_mut() = SdkBody::from(self.0.clone());
        Ok(())
    }
}
