//! The context of a caller, which its call's events are told with.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::{Event, Observer};

/// A value of the caller's own that the events of a call are told with, such as what stands for the
/// request that its program serves.
#[derive(Clone)]
pub struct CallContext(Arc<dyn Any + Send + Sync>);

impl CallContext {
    /// Makes a context of a value.
    pub fn new(value: impl Any + Send + Sync) -> Self {
        CallContext(Arc::new(value))
    }

    /// Returns the value; `None` where it is of another type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallContext")
    }
}

type Tell = dyn Fn(&Event, Option<&CallContext>) + Send + Sync;

/// An observer that is told the context of a call with its events.
pub(crate) struct ContextObserver {
    tell: Box<Tell>,
    /// Takes the context of the thread that makes a call; `None` where options bring it.
    context: Option<fn() -> CallContext>,
}

impl ContextObserver {
    pub(crate) fn new(
        tell: impl Fn(&Event, Option<&CallContext>) + Send + Sync + 'static,
        context: Option<fn() -> CallContext>,
    ) -> Self {
        ContextObserver { tell: Box::new(tell), context }
    }

    pub(crate) fn tell(&self, event: &Event, context: Option<&CallContext>) {
        (self.tell)(event, context);
    }

    /// Returns the context of a call that this thread makes.
    pub(crate) fn context(&self) -> Option<CallContext> {
        self.context.map(|take| take())
    }
}

impl From<Arc<Observer>> for ContextObserver {
    fn from(observer: Arc<Observer>) -> Self {
        ContextObserver::new(move |event, _| observer(event), None)
    }
}
