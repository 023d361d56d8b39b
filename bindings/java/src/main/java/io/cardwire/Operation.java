package io.cardwire;

/** An operation that a vendor can be asked for. */
public enum Operation implements NamedValue {
    /** Read a card photo. */
    RECOGNIZE,

    /** Check whether card, name and ID number belong together. */
    VERIFY,

    /** Ask who issued a card number. */
    LOOKUP_CARD,

    /** Fetch what the vendor keeps under an order number. */
    FETCH_ORDER
}
