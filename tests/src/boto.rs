//! boto3 as somebody else who uses an AWS: a process that carries out its calls (`tests/python/moto_store.py`).

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::{PythonError, python_tests, venv};

/// Why boto3 did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum BotoError {
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error("boto3 could not be asked")]
    Pipe(#[from] io::Error),
    #[error("boto3 ended: {0}")]
    Ended(#[from] serde_json::Error),
    #[error("{call} of {service}: {code}")]
    Refused {
        service: String,
        call: String,
        code: String,
    },
}

/// A running boto3. It ends with whoever started it.
pub struct Boto {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl std::fmt::Debug for Boto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Boto").finish_non_exhaustive()
    }
}

impl Drop for Boto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Boto {
    /// For the services at a URL.
    ///
    /// # Errors
    /// There is no Python, or it cannot be started.
    pub fn at(url: &str) -> Result<Self, BotoError> {
        let mut child = Command::new(venv()?.join("python"))
            .args(["moto_store.py", url])
            .current_dir(python_tests())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes").into());
        };
        let pipes = Mutex::new((asks, BufReader::new(answers)));
        Ok(Self { child, pipes })
    }

    /// One call by its name in boto3, or several at once.
    fn ask(&self, asked: &Value) -> Result<Value, BotoError> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let (asks, answers) = &mut *pipes;
        writeln!(asks, "{asked}")?;
        let mut line = String::new();
        answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// One call, by its name in boto3.
    ///
    /// # Errors
    /// It was refused, or boto3 is no more.
    pub fn call(&self, service: &str, call: &str, with: Value) -> Result<Value, BotoError> {
        let answer = self.ask(&json!({ "service": service, "call": call, "with": with }))?;
        match answer.get("error").and_then(Value::as_str) {
            None => Ok(answer),
            Some(code) => Err(BotoError::Refused {
                service: service.to_owned(),
                call: call.to_owned(),
                code: code.to_owned(),
            }),
        }
    }

    /// The same call often, several at a time.
    ///
    /// # Errors
    /// As of [`Boto::call`], for those that are not refused.
    pub fn call_each(
        &self,
        service: &str,
        call: &str,
        with: impl Iterator<Item = Value>,
    ) -> Result<Value, BotoError> {
        let one = |with| json!({ "service": service, "call": call, "with": with });
        self.ask(&with.map(one).collect())
    }

    /// Makes a table as the templates in deploy/ do; its rows go by this attribute.
    ///
    /// # Errors
    /// As of [`Boto::call`].
    pub fn table(&self, name: &str, expires: &str) -> Result<(), BotoError> {
        let table = json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                { "AttributeName": "pk", "KeyType": "HASH" },
                { "AttributeName": "sk", "KeyType": "RANGE" },
            ],
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" },
                { "AttributeName": "sk", "AttributeType": "S" },
            ],
        });
        self.call("dynamodb", "create_table", table)?;
        let ttl = json!({ "Enabled": true, "AttributeName": expires });
        let set = json!({ "TableName": name, "TimeToLiveSpecification": ttl });
        self.call("dynamodb", "update_time_to_live", set).map(drop)
    }
}
