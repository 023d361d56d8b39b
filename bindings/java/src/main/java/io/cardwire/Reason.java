package io.cardwire;

/** A reason for which a verification did not end in a match. */
public enum Reason implements NamedValue {
    /** Name, ID number or phone number is not the cardholder's. */
    CARDHOLDER_MISMATCH,

    /** The name is not written as a name. */
    NAME_INVALID,

    /** The ID number is wrong. */
    ID_NUMBER_INVALID,

    /** The phone number is wrong. */
    PHONE_INVALID,

    /** There is no such card. */
    CARD_NUMBER_INVALID,

    /** The card number is not written as one. */
    CARD_NUMBER_MALFORMED,

    /** No bank issues cards with this number. */
    NO_ISSUER,

    /** Never activated, or asleep. */
    CARD_INACTIVE,

    /** Reported lost. */
    CARD_LOST,

    /** Expired. */
    CARD_EXPIRED,

    /** Restricted by the issuer. */
    CARD_RESTRICTED,

    /** To be confiscated. */
    CARD_CONFISCATED,

    /** Suspected of fraud, to be retained. */
    CARD_SUSPECTED_FRAUD,

    /** The card's state is abnormal, or its number is wrong. */
    CARD_ABNORMAL,

    /** The PIN was entered wrong too often. */
    PIN_TRIES_EXCEEDED,

    /** Payment without the card present is not enabled. */
    CARDLESS_PAYMENT_DISABLED,

    /** The issuer does not support this check. */
    ISSUER_UNSUPPORTED,

    /** Checked too often today. */
    ATTEMPTS_EXCEEDED,

    /** Only resident identity cards of the second generation are supported. */
    ID_TYPE_UNSUPPORTED,

    /** The verification centre is busy. */
    VENDOR_BUSY,

    /** No record to compare with. */
    NO_RECORD,

    /** The vendor does not say, or says it with a code that no document explains. */
    UNKNOWN
}
