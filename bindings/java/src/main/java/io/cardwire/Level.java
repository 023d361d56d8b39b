package io.cardwire;

/** The level of an event in a log. */
public enum Level implements NamedValue {
    /** A step of a call. */
    DEBUG,

    /** The end of a call, or a change that needs nothing. */
    INFO,

    /** A failure that may pass, or that the caller can correct. */
    WARN,

    /** A failure that somebody has to look at. */
    ERROR
}
