package io.cardwire;

/** The outcome of a verification: whether card, name and ID number belong together. */
public enum Outcome {
    /** The vendor says they do. */
    MATCH("match"),

    /** The vendor says they do not. */
    MISMATCH("mismatch"),

    /** The vendor cannot tell: the reason says why. It says nothing about whose card it is. */
    INCONCLUSIVE("inconclusive");

    private final String slug;

    Outcome(String slug) {
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
