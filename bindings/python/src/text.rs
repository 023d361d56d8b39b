//! Texts that callers give.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

/// Returns a text that the library can take over. `name` is that of the argument.
pub fn taken(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        let given = value.get_type();
        return Err(PyTypeError::new_err(format!("{name} must be str, not {}", given.name()?)));
    };
    match text.to_cow() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(refused(value.py(), name)),
    }
}

/// Returns the text as `taken` does, or nothing.
pub fn optional(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    value.map(|value| taken(name, value)).transpose()
}

/// Returns the text itself, checked.
#[pyfunction]
pub fn text<'py>(name: &str, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    taken(name, &value)?;
    Ok(value)
}

fn refused(py: Python<'_>, name: &str) -> PyErr {
    static REFUSED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let message = format!("{name}: expected Unicode text, found a lone surrogate");
    let error = REFUSED
        .import(py, "cardwire._errors", "InvalidArgumentError")
        .and_then(|class| class.call1((message, name)));
    error.map_or_else(|error| error, PyErr::from_value)
}
