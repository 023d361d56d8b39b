package io.cardwire;

/** The kind of a card. */
public enum CardKind {
    /** Pays from the holder's own balance. */
    DEBIT("debit"),

    /** Pays on credit. */
    CREDIT("credit"),

    /** A deposit account with a small overdraft (准贷记卡). */
    QUASI_CREDIT("quasi_credit"),

    /** Pays from what was loaded onto it. */
    PREPAID("prepaid"),

    /** The vendor does not say. */
    UNKNOWN("unknown");

    private final String slug;

    CardKind(String slug) {
        this.slug = slug;
    }

    /**
     * The stable name, in snake_case.
     *
     * @return the name, the same in every language
     */
    public String slug() {
        return slug;
    }
}
