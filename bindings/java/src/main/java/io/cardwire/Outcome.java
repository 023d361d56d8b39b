package io.cardwire;

/** The outcome of a verification: whether card, name and ID number belong together. */
public enum Outcome implements NamedValue {
    /** The vendor says they do. */
    MATCH,

    /** The vendor says they do not. */
    MISMATCH,

    /** The vendor cannot tell: the reason says why. It says nothing about whose card it is. */
    INCONCLUSIVE
}
