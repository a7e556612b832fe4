//! What awsJson answers list by list, page by page, and parts of such an answer.
//!
//! What belongs here: the walk through the pages. What must not: which list is wanted, and what is in it.

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    call::{Caller, Operation},
    error::Error,
    json::{Answer, Refusal},
};

/// Everything that a read finds: the items of the answers' list, as they are on the wire. `token` is how the service spells
/// the member that says where the next page begins, in its answers and its questions.
pub(crate) async fn all<F>(
    caller: &Caller,
    operation: &'static Operation,
    mut body: Map<String, Value>,
    [list, token]: [&str; 2],
    page: impl Fn(Map<String, Value>) -> F,
) -> Result<Vec<Value>, Error>
where
    F: Future<Output = Result<Answer, SdkError<Refusal, HttpResponse>>>,
{
    let mut all = Vec::new();
    loop {
        let attempt = || page(body.clone());
        let mut answer = caller.read(operation, attempt).await?.body;
        let (items, next) = (taken(&mut answer, list), taken(&mut answer, token));
        all.extend(part::<Option<Vec<Value>>>(operation, items)?.unwrap_or_default());
        match part::<Option<String>>(operation, next)? {
            Some(next) => body.insert(token.to_owned(), next.into()),
            None => return Ok(all),
        };
    }
}

/// A member of an answer; null where there is none.
pub(crate) fn taken(answer: &mut Value, member: &str) -> Value {
    answer.get_mut(member).map(Value::take).unwrap_or_default()
}

/// A part of an answer as AWS documents it; another sort of value is no answer.
pub(crate) fn part<T: DeserializeOwned>(
    operation: &'static Operation,
    value: Value,
) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::unreadable(operation.name, error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::DESCRIBE_SCALING_POLICIES;

    #[test]
    fn a_list_of_another_sort_is_told_and_not_taken_for_nothing() {
        let of = |value: Value| part::<Option<Vec<Value>>>(&DESCRIBE_SCALING_POLICIES, value);
        assert_eq!(of(Value::Null).unwrap(), None);
        assert_eq!(of(json!([1])).unwrap(), Some(vec![json!(1)]));
        let error = of(json!({ "a": 1 })).unwrap_err();
        assert!(error.to_string().contains("could not be read"), "{error}");
    }
}
