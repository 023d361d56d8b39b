package io.cardwire;

/** The status of an order of the journal. */
public enum OrderStatus implements NamedValue {
    /** The call runs. */
    IN_FLIGHT,

    /** The last byte of the request never left: the vendor cannot have executed it. */
    NOT_SENT,

    /** The vendor may have executed and billed it. */
    UNKNOWN,

    /** The vendor answered. */
    ANSWERED
}
