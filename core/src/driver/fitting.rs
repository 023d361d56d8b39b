//! Photos made to fit what an account takes, before it is asked.

use super::account::Account;
use super::services::Services;
use crate::cancellation::CancelOnDrop;
use crate::card::{Photo, Picture};
use crate::error::Error;
use crate::vendors::{Call, FittedPhoto, PictureLimits, Task, fit, is_turned};

/// Returns the photo of a call.
pub(super) fn photo_of(asked: &Call) -> Option<&Photo> {
    match &asked.task {
        Task::Recognize(Picture::Photo(photo)) => Some(photo),
        _ => None,
    }
}

/// Returns the same call with another photo.
pub(super) fn with_photo(asked: &Call, photo: Photo) -> Call {
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

    /// Returns whether the account may take the call once its photo is made to fit, and not before.
    pub(super) fn may_fit(&self, account: &Account, asked: &Call) -> bool {
        let (Some(photo), Some(limits)) = (photo_of(asked), self.limits_to_fit(account)) else {
            return false;
        };
        limits.photo(photo).is_err() && limits.can_be_met(photo)
    }

    /// Returns whether the call's photo is made to fit before the account is asked, which takes it now
    /// or then.
    pub(super) fn fits_photo(&self, account: &Account, asked: &Call) -> bool {
        let (Some(photo), Some(limits)) = (photo_of(asked), self.limits_to_fit(account)) else {
            return false;
        };
        limits.photo(photo).is_err() || is_turned(photo)
    }

    /// Makes a photo fit what the account takes, on a thread where computing holds up nothing else;
    /// `None` where it is to be sent as it came. Dropped, it stops.
    ///
    /// # Errors
    /// `invalid_argument` where the account does not take it as it came, and it cannot be made to fit.
    pub(super) async fn fit(
        &self,
        account: &Account,
        photo: &Photo,
    ) -> Result<Option<FittedPhoto>, Error> {
        let Some(limits) = self.limits_to_fit(account) else { return Ok(None) };
        let guard = CancelOnDrop::default();
        let (stopped, original) = (guard.0.clone(), photo.clone());
        let made = self.readers.run(move || fit(&original, limits, &|| stopped.is_cancelled()));
        let no_thread = || Err("the system gives no thread to do it on".to_owned());
        match made.await.unwrap_or_else(no_thread) {
            Ok(fitted) => Ok(Some(fitted)),
            Err(problem) => match limits.photo(photo) {
                // Only its orientation was to change.
                Ok(()) => Ok(None),
                Err(over) => Err(over.error_beside(&problem)),
            },
        }
    }
}
