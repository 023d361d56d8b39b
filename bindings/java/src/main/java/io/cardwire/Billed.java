package io.cardwire;

/** The bill of the call, as far as it is known. */
public enum Billed implements NamedValue {
    /** Not billed: it was not executed, or the vendor's document says that this answer is free. */
    NO,

    /** No document says, or no answer came back. */
    UNKNOWN,

    /** Billed, as the vendor's document says. */
    YES
}
