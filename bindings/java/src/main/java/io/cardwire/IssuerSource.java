package io.cardwire;

/** Where the issuer of a recognised card is known from. */
public enum IssuerSource implements NamedValue {
    /** The vendor named it. */
    VENDOR,

    /** The number's first digits, by the table of prefixes. */
    TABLE
}
