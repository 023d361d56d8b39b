use crate::slugs::slugs;

slugs! {
    /// The outcome of a look at a photo. Several faults may meet; the first of this list is told.
    PhotoLook {
        /// The number can be read with confidence: the vendor `offline` with the built-in table of issuers accepts it.
        Readable = "readable",
        /// No card was seen.
        NoCard = "no_card",
        /// The number is not sharp enough: out of focus, moved, or too small in the photo.
        Blurred = "blurred",
        /// The photo's edge cuts the card's number off.
        Cut = "cut",
        /// No such fault was seen, but the number cannot be read with confidence here. A vendor may read it.
        NotSure = "not_sure",
    }
}
