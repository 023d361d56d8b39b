package io.cardwire;

/** The bill of the call, as far as it is known. */
public enum Billed {
    /** Not billed: it was not executed, or the vendor's document says that this answer is free. */
    NO("no"),

    /** No document says, or no answer came back. */
    UNKNOWN("unknown"),

    /** Billed, as the vendor's document says. */
    YES("yes");

    private final String slug;

    Billed(String slug) {
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
