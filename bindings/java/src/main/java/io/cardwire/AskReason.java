package io.cardwire;

/** Why a provider is asked for credentials. */
public enum AskReason {
    /** The account has none yet. */
    FIRST("first"),

    /** Those that it gave last have reached the end that it gave with them. */
    EXPIRED("expired"),

    /** The vendor refused those that it gave last. */
    REFUSED("refused");

    private final String slug;

    AskReason(String slug) {
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
