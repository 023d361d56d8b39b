package io.cardwire;

/** The kind of an error. Numbers and names are stable and never used again for another meaning. */
public enum Kind {
    /** The caller's argument: null, not an image, over a vendor's limit, malformed order number. */
    INVALID_ARGUMENT(1, "invalid_argument"),

    /** The configuration; the message names the key. */
    INVALID_CONFIG(2, "invalid_config"),

    /** No configured vendor does this operation or takes this input. */
    UNSUPPORTED(3, "unsupported"),

    /** Credentials refused. */
    UNAUTHENTICATED(10, "unauthenticated"),

    /** Service not activated, address not in the whitelist, account not allowed. */
    PERMISSION_DENIED(11, "permission_denied"),

    /** Package used up, daily quota reached, or the account is in arrears. */
    QUOTA_EXHAUSTED(12, "quota_exhausted"),

    /** Too fast. */
    RATE_LIMITED(13, "rate_limited"),

    /** The program's own provider gave no credentials. */
    CREDENTIALS_UNAVAILABLE(14, "credentials_unavailable"),

    /** The vendor cannot use this image. */
    IMAGE_REJECTED(20, "image_rejected"),

    /** No readable card in the image. */
    CARD_NOT_FOUND(21, "card_not_found"),

    /** The vendor is down or busy. */
    VENDOR_UNAVAILABLE(30, "vendor_unavailable"),

    /** A vendor code that is not in its documents, carried as it came. */
    VENDOR_ERROR(31, "vendor_error"),

    /** The deadline passed. */
    TIMEOUT(32, "timeout"),

    /** No connection, or it broke. */
    NETWORK(33, "network"),

    /** The answer is not what the vendor's document describes. */
    PROTOCOL(34, "protocol"),

    /** The caller cancelled. */
    CANCELLED(40, "cancelled"),

    /** The client was closed, or belongs to the process that this one was forked from. */
    CLOSED(41, "closed"),

    /** The journal knows the vendor's answer to what the call asks, and {@link CallOptions#withSkipAnswered} is set. */
    ALREADY_ANSWERED(42, "already_answered"),

    /** Journal or token store failed. */
    STORAGE(50, "storage"),

    /** A bug in the library, caught at the boundary. */
    INTERNAL(99, "internal");

    private final int number;
    private final String slug;

    Kind(int number, String slug) {
        this.number = number;
        this.slug = slug;
    }

    /**
     * The stable number, the same in every language.
     *
     * @return the number
     */
    public int number() {
        return number;
    }

    /**
     * The stable name, in snake_case.
     *
     * @return the name, the same in every language
     */
    public String slug() {
        return slug;
    }

    /**
     * Returns what a caller can do about it.
     *
     * @return one English sentence
     */
    public String advice() {
        CApi.ensure();
        return CApi.text(CApi.cardwire_status_advice(number));
    }
}
