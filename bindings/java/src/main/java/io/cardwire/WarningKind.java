package io.cardwire;

/** A fault of a photo that could be read all the same, or of what was read. */
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

    /** The check digit does not fit the card number: it was misread, or it is one of the few cards without one. */
    NUMBER_DOUBTFUL,

    /** A code that no document explains. */
    OTHER
}
