package io.cardwire;

/** A fault of a photo that the vendor could read all the same. */
public enum WarningKind implements NamedValue {
    /** The card has expired. */
    EXPIRED,

    /** The date is not a date. */
    DATE_INVALID,

    /** The card's edge is not whole in the photo. */
    BORDER_INCOMPLETE,

    /** Light reflects on the card. */
    GLARE,

    /** A photo of a photocopy. */
    PHOTOCOPY,

    /** A photo of a screen or print. */
    RECAPTURED,

    /** Not sharp. */
    BLURRED,

    /** A code that no document explains. */
    OTHER
}
