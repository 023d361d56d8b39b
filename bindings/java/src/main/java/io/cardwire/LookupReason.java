package io.cardwire;

/** A reason for which a vendor knows nothing about a card number. */
public enum LookupReason implements NamedValue {
    /** No record of it. */
    NO_RECORD,

    /** The verification centre is busy. */
    VENDOR_BUSY,

    /** There is no such card. */
    NO_SUCH_CARD,

    /** Asked too often today. */
    ATTEMPTS_EXCEEDED,

    /** The card is not valid. */
    CARD_INVALID,

    /** Cards of this type are not supported. */
    CARD_TYPE_UNSUPPORTED,

    /** A code that no document explains. */
    UNKNOWN
}
