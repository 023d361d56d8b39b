package io.cardwire;

/** The outcome of a look at a photo. Several faults may meet; the first of this list is told. */
public enum PhotoLook implements NamedValue {
    /** The number can be read with confidence: the vendor {@code offline} with the built-in table of issuers accepts it. */
    READABLE,

    /** No card was seen. */
    NO_CARD,

    /** The number is not sharp enough: out of focus, moved, or too small in the photo. */
    BLURRED,

    /** The photo's edge cuts the card's number off. */
    CUT,

    /** No such fault was seen, but the number cannot be read with confidence here. A vendor may read it. */
    NOT_SURE
}
