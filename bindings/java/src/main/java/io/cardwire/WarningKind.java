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

    /**
     * The card number may be misread. Code {@code check_digit}: its check digit does not fit; few cards have none.
     * Code {@code other_reading}: the vendor {@code offline}, asked before, read another number.
     */
    NUMBER_DOUBTFUL,

    /** A code that no document explains. */
    OTHER
}
