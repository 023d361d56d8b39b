package io.cardwire;

/** An operation that a vendor can be asked for. */
public enum Operation {
    /** Read a card photo. */
    RECOGNIZE("recognize"),

    /** Check whether card, name and ID number belong together. */
    VERIFY("verify"),

    /** Ask who issued a card number. */
    LOOKUP_CARD("lookup_card"),

    /** Fetch what the vendor keeps under an order number. */
    FETCH_ORDER("fetch_order");

    private final String slug;

    Operation(String slug) {
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
