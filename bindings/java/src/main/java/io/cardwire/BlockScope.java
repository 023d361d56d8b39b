package io.cardwire;

/** The extent of a block. */
public enum BlockScope implements NamedValue {
    /** Every billed call of the account. */
    ACCOUNT,

    /** Calls about some cardholders or cards. */
    PARAMETERS
}
