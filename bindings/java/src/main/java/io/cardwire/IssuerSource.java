package io.cardwire;

/** The source of a recognised card's issuer. */
public enum IssuerSource implements NamedValue {
    /** The vendor named it. */
    VENDOR,

    /** The number's first digits, by the table of prefixes. */
    TABLE
}
