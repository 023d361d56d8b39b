package io.cardwire;

/** A reason for which a provider is asked for credentials. */
public enum AskReason implements NamedValue {
    /** The account has none yet. */
    FIRST,

    /** Those that it gave last have reached the end that it gave with them. */
    EXPIRED,

    /** The vendor refused those that it gave last. */
    REFUSED
}
