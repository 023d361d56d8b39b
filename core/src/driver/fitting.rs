//! Photos made to fit what an account takes, before it is asked.

use super::account::Account;
use super::services::Services;
use crate::cancellation::CancelOnDrop;
use crate::card::{Photo, Picture};
use crate::error::Error;
use crate::vendors::{Call, FittedPhoto, PictureLimits, Task, fit, is_turned, too_many_pixels};

/// Returns the photo of a call.
pub(super) fn photo_of(asked: &Call) -> Option<&Photo> {
    match &asked.task {
        Task::Recognize(Picture::Photo(photo)) => Some(photo),
        _ => None,
    }
}

/// The form in which an account takes a call's photo.
#[derive(Clone, Copy)]
pub(super) enum Taking {
    /// The account takes it as it came.
    AsItCame,
    /// The account takes it, and is sent it upright.
    Turned,
    /// The account may take it once it is made to fit, and not before.
    MadeToFit,
}

impl Taking {
    /// Returns whether the photo is made to fit before the account is asked.
    pub(super) fn fits_photo(self) -> bool {
        !matches!(self, Taking::AsItCame)
    }
}

/// Returns the same call with another photo.
fn with_photo(asked: &Call, photo: Photo) -> Call {
    Call {
        task: Task::Recognize(Picture::Photo(photo)),
        order_id: asked.order_id.clone(),
        user_id: asked.user_id.clone(),
        reference: asked.reference.clone(),
    }
}

impl Services {
    /// Returns what an account takes, where a call's photo may be made to fit it.
    fn limits_to_fit(&self, account: &Account) -> Option<&'static PictureLimits> {
        let is_asked = self.fit_images && !account.vendor.is_on_this_machine();
        account.adapter.pictures().filter(|_| is_asked)
    }

    /// Returns how an account takes a call.
    ///
    /// # Errors
    /// The reason why it does not.
    pub(super) fn takes(&self, account: &Account, asked: &Call) -> Result<Taking, Error> {
        let photo = photo_of(asked).zip(self.limits_to_fit(account));
        match (account.adapter.check(asked), photo) {
            (Ok(()), Some((photo, _))) if is_turned(photo) => Ok(Taking::Turned),
            (Ok(()), _) => Ok(Taking::AsItCame),
            (Err(error), Some((photo, limits))) => match limits.photo(photo) {
                Ok(()) => Err(error),
                Err(_) if limits.can_be_met(photo) => Ok(Taking::MadeToFit),
                Err(over) => Err(match too_many_pixels(photo) {
                    Some(problem) => over.error_beside(&problem),
                    None => error,
                }),
            },
            (Err(error), None) => Err(error),
        }
    }

    /// Makes the photo of a call fit what the account takes, on a thread where computing holds up nothing
    /// else; `None` where it is to be sent as it came. Dropped, it stops.
    ///
    /// # Errors
    /// `invalid_argument` where the account does not take it as it came, and it cannot be made to fit; the
    /// reason why the account does not take the call even so.
    pub(super) async fn fit(
        &self,
        account: &Account,
        asked: &Call,
    ) -> Result<Option<FittedPhoto>, Error> {
        let photo = photo_of(asked).zip(self.limits_to_fit(account));
        let Some((photo, limits)) = photo else { return Ok(None) };
        let guard = CancelOnDrop::default();
        let (stopped, original) = (guard.0.clone(), photo.clone());
        let made = self.readers.run(move || fit(&original, limits, &|| stopped.is_cancelled()));
        let no_thread = || Err("the system gives no thread to do it on".to_owned());
        match made.await.unwrap_or_else(no_thread) {
            Ok(made) => {
                account.adapter.check(&with_photo(asked, made.photo.clone()))?;
                Ok(Some(made))
            }
            Err(problem) => match limits.photo(photo) {
                // Only its orientation was to change.
                Ok(()) => Ok(None),
                Err(over) => Err(over.error_beside(&problem)),
            },
        }
    }
}
