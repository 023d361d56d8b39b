package io.cardwire;

/** A kind of bank card, by where its money comes from. */
public enum CardKind implements NamedValue {
    /** Pays from the holder's own balance. */
    DEBIT,

    /** Pays on credit. */
    CREDIT,

    /** A deposit account with a small overdraft (准贷记卡). */
    QUASI_CREDIT,

    /** Pays from what was loaded onto it. */
    PREPAID,

    /** Not stated. */
    UNKNOWN
}
