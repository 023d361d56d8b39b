package io.cardwire;

/** The delivery of a complete request to the vendor. */
public enum Sent implements NamedValue {
    /** The last byte of the request never left: the vendor cannot have executed it. */
    NO,

    /** The last byte may have left and no whole answer came back. */
    UNKNOWN,

    /** The vendor answered. */
    YES
}
