package io.cardwire;

/** A fault of a photo that the vendor could read all the same. */
public enum WarningKind {
    /** The card has expired. */
    EXPIRED("expired"),

    /** The date is not a date. */
    DATE_INVALID("date_invalid"),

    /** The card's edge is not whole in the photo. */
    BORDER_INCOMPLETE("border_incomplete"),

    /** Light reflects on the card. */
    GLARE("glare"),

    /** A photo of a photocopy. */
    PHOTOCOPY("photocopy"),

    /** A photo of a screen or print. */
    RECAPTURED("recaptured"),

    /** Not sharp. */
    BLURRED("blurred"),

    /** A code that no document explains. */
    OTHER("other");

    private final String slug;

    WarningKind(String slug) {
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
