package io.cardwire;

/** Why a vendor knows nothing about a card number. */
public enum LookupReason {
    /** No record of it. */
    NO_RECORD("no_record"),

    /** The verification centre is busy. */
    VENDOR_BUSY("vendor_busy"),

    /** There is no such card. */
    NO_SUCH_CARD("no_such_card"),

    /** Asked too often today. */
    ATTEMPTS_EXCEEDED("attempts_exceeded"),

    /** The card is not valid. */
    CARD_INVALID("card_invalid"),

    /** Cards of this type are not supported. */
    CARD_TYPE_UNSUPPORTED("card_type_unsupported"),

    /** A code that no document explains. */
    UNKNOWN("unknown");

    private final String slug;

    LookupReason(String slug) {
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
