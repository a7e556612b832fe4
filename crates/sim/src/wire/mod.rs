//! One codec a protocol: an HTTP request becomes a service, an operation and a `Value`; a `Value` or refusal becomes a response.
