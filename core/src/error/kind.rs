use std::fmt;

use crate::schema::{Shape, Value, Writer};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $slug:literal, $advice:literal;)*) => {
        /// The kind of an error. Numbers and slugs are stable and never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $variant,)* }

        impl Kind {
            /// Every kind, by number.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// Returns the stable number, which is also the C status value.
            pub const fn number(self) -> u32 {
                match self { $(Kind::$variant => $number,)* }
            }

            /// Returns the stable name, in snake_case.
            pub const fn slug(self) -> &'static str {
                match self { $(Kind::$variant => $slug,)* }
            }

            /// Returns what a caller can do about it, in one sentence.
            pub const fn advice(self) -> &'static str {
                match self { $(Kind::$variant => $advice,)* }
            }
        }
    };
}

kinds! {
    /// The caller's argument: null, not an image, over a vendor's limit, malformed order number.
    InvalidArgument = 1, "invalid_argument", "Correct the argument that the message names; nothing was sent.";
    /// The configuration; the message names the key.
    InvalidConfig = 2, "invalid_config", "Correct the configuration key that the message names.";
    /// No configured vendor does this operation or takes this input.
    Unsupported = 3, "unsupported", "Configure a vendor that does this operation, or give the input in a form it takes.";
    /// Credentials refused.
    Unauthenticated = 10, "unauthenticated", "Check the credentials, the account they belong to and this machine's clock.";
    /// Service not activated, address not in the whitelist, account not allowed.
    PermissionDenied = 11, "permission_denied", "Activate the service, add this machine's address to the whitelist, or ask the vendor to allow the account.";
    /// Package used up, daily quota reached, or the account is in arrears.
    QuotaExhausted = 12, "quota_exhausted", "Buy a package, settle the account, raise daily_quota where the message names it, or wait for the next day; repeating does not help.";
    /// Too fast.
    RateLimited = 13, "rate_limited", "Wait as long as the error says, then repeat; lower requests_per_second.";
    /// The program's own provider gave no credentials.
    CredentialsUnavailable = 14, "credentials_unavailable", "Look at the provider's own failure, which the error has as its cause; nothing was sent.";
    /// The vendor cannot use this image.
    ImageRejected = 20, "image_rejected", "Take another photo: sharp, complete, without glare, in a format and size the vendor takes.";
    /// No readable card in the image.
    CardNotFound = 21, "card_not_found", "Take another photo that shows the front of one card.";
    /// The vendor is down or busy.
    VendorUnavailable = 30, "vendor_unavailable", "Repeat later; look at `billed` first.";
    /// A vendor code that is not in its documents, carried as it came.
    VendorError = 31, "vendor_error", "Look the vendor's code up or send it to the vendor with the request id.";
    /// The deadline passed.
    Timeout = 32, "timeout", "Look at `sent`: `no` may be repeated, anything else may have been executed and billed.";
    /// No connection, or it broke.
    Network = 33, "network", "Look at `sent`: `no` may be repeated, anything else may have been executed and billed.";
    /// The answer is not what the vendor's document describes.
    Protocol = 34, "protocol", "Something between this machine and the vendor answered, or the vendor changed; keep the request id.";
    /// The caller cancelled.
    Cancelled = 40, "cancelled", "Look at `sent`: the vendor may have executed the call all the same.";
    /// The client was closed, or belongs to the process that this one was forked from.
    Closed = 41, "closed", "Make a new client.";
    /// The journal knows the vendor's answer to what the call asks, and `skip_answered` is set.
    AlreadyAnswered = 42, "already_answered", "Use the result that your program stored; `order` says under which order number the vendor answered.";
    /// Another call asks for the same now, as the journal knows, and `skip_answered` is set.
    AlreadyRunning = 43, "already_running", "Wait for the other call, whose order number `order` has; repeated later, this one ends with its answer or asks anew.";
    /// Journal or token store failed.
    Storage = 50, "storage", "Repair the journal file or the token store; no billed call is sent without them.";
    /// A bug in the library, caught at the boundary, or a shortage of this machine, which
    /// the message names.
    Internal = 99, "internal", "Where the message names threads or descriptors, raise their limit (`ulimit -u`, `ulimit -n`) and repeat. Anything else: report it with the version; the call may have been executed.";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}

impl Value for Kind {
    const SHAPE: Shape = Shape::Name(|| Kind::ALL.iter().map(|kind| kind.slug()).collect());
    const ABSENT: Option<(&'static str, Shape)> = Some((
        "ok",
        Shape::Name(|| {
            ["ok"].into_iter().chain(Kind::ALL.iter().map(|kind| kind.slug())).collect()
        }),
    ));

    fn put(&self, to: &mut Writer) {
        to.text(self.slug());
    }
}
