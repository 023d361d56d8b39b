//! A call as a vendor is given it.

use super::Operation;
use super::codes::Numbering;
use crate::card::{CardNumber, Picture};
use crate::values::Person;

/// The time, as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) unix_ms: u64,
}

impl Now {
    pub(crate) fn unix_seconds(self) -> u64 {
        self.unix_ms / 1000
    }
}

/// One call, with everything of it that a vendor may need.
pub(crate) struct Call {
    pub(crate) task: Task,
    /// For `FetchOrder` the order to fetch, else the number of this call.
    pub(crate) order_id: String,
    /// The caller's own name for its user, for vendors that keep one.
    pub(crate) user_id: Option<String>,
    /// The caller's own name for what is asked, which only the journal keeps.
    pub(crate) reference: Option<String>,
}

impl Call {
    /// Returns the values of it that a vendor may echo and nobody is to see.
    pub(super) fn values(&self) -> Vec<&str> {
        let mut values: Vec<&str> = match &self.task {
            Task::Verify(cardholder) => cardholder.values().collect(),
            Task::LookupCard(number) => vec![number.reveal()],
            // Whoever signs an address puts the signature into its query.
            Task::Recognize(Picture::Url(url)) => {
                url.split_once('?').map(|(_, query)| query).into_iter().collect()
            }
            Task::Recognize(Picture::Photo(_)) | Task::FetchOrder => Vec::new(),
        };
        values.extend(self.user_id.as_deref());
        values
    }
}

#[derive(Clone)]
pub(crate) enum Task {
    Recognize(Picture),
    Verify(Person),
    LookupCard(CardNumber),
    FetchOrder,
}

impl Task {
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Task::Recognize(_) => Operation::Recognize,
            Task::Verify(_) => Operation::Verify,
            Task::LookupCard(_) => Operation::LookupCard,
            Task::FetchOrder => Operation::FetchOrder,
        }
    }

    /// Returns the numbering of the codes that answer it.
    pub(crate) fn numbering(&self) -> Numbering {
        match self {
            Task::Recognize(_) => Numbering::Recognize,
            Task::LookupCard(_) => Numbering::LookupCard,
            Task::FetchOrder => Numbering::FetchOrder,
            Task::Verify(person) if person.phone.is_some() => Numbering::Verify4,
            Task::Verify(person) if person.id_number.is_some() => Numbering::Verify3,
            Task::Verify(_) => Numbering::Verify2,
        }
    }
}
