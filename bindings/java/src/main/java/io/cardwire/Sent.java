package io.cardwire;

/** The delivery of a complete request to the vendor. */
public enum Sent {
    /** The last byte of the request never left: the vendor cannot have executed it. */
    NO("no"),

    /** The last byte may have left and no whole answer came back. */
    UNKNOWN("unknown"),

    /** The vendor answered. */
    YES("yes");

    private final String slug;

    Sent(String slug) {
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
