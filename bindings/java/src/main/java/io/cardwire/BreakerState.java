package io.cardwire;

/** The state of an account's circuit breaker. */
public enum BreakerState implements NamedValue {
    /** Requests go through. */
    CLOSED,

    /** None does, since too many got no answer. */
    OPEN,

    /** A few do, to try the vendor again. */
    HALF_OPEN
}
