//! Providers: Python functions that give credentials.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cardwire::{CredentialAsk, CredentialProvider, Credentials, Providers};
use pyo3::prelude::*;

use crate::callbacks::in_interpreter;

/// The exception of a provider.
pub struct ProviderException(PyErr);

impl ProviderException {
    /// Returns the exception.
    pub fn exception<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.0.value(py).clone().into_any()
    }
}

impl fmt::Debug for ProviderException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderException")
    }
}

impl fmt::Display for ProviderException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider raised an exception")
    }
}

impl std::error::Error for ProviderException {}

/// A function of the Python half: vendor, account, secrets and reason in; values by secret, and
/// seconds until they end, out.
struct Function(Py<PyAny>);

/// Values by secret, and seconds until they end.
type ProviderAnswer = (BTreeMap<String, String>, Option<f64>);

impl CredentialProvider for Function {
    fn ask(&self, ask: CredentialAsk) {
        // Where the interpreter is shutting down, the question is dropped, which answers it.
        in_interpreter(|py| {
            let question =
                (ask.vendor().name(), ask.account(), ask.secrets().to_vec(), ask.reason().slug());
            let answer = self.0.call1(py, question);
            match answer.and_then(|answer| answer.extract::<ProviderAnswer>(py)) {
                Ok((values, seconds)) => {
                    let mut given = Credentials::default();
                    for (secret, value) in values {
                        given = given.with(secret, value);
                    }
                    if let Some(Ok(end)) = seconds.map(Duration::try_from_secs_f64) {
                        given = given.expires_in(end);
                    }
                    ask.answer(Ok(given));
                }
                Err(error) => ask.answer(Err(Box::new(ProviderException(error)))),
            }
        });
    }
}

/// Returns the providers of a client.
pub fn providers(functions: Vec<(String, Py<PyAny>)>) -> Providers {
    let named = |all: Providers, (name, function)| all.with(name, Function(function));
    functions.into_iter().fold(Providers::new(), named)
}
