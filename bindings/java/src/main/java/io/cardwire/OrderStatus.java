package io.cardwire;

/** The status of an order of the journal. */
public enum OrderStatus {
    /** The call runs. */
    IN_FLIGHT("in_flight"),

    /** The last byte of the request never left: the vendor cannot have executed it. */
    NOT_SENT("not_sent"),

    /** The vendor may have executed and billed it. */
    UNKNOWN("unknown"),

    /** The vendor answered. */
    ANSWERED("answered");

    private final String slug;

    OrderStatus(String slug) {
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
