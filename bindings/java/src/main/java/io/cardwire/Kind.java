package io.cardwire;

/** The kind of an error. Numbers and names are stable and never used again for another meaning. */
public enum Kind implements NamedValue {
    /** The caller's argument: null, not an image, over a vendor's limit, malformed order number. */
    INVALID_ARGUMENT(1),

    /** The configuration; the message names the key. */
    INVALID_CONFIG(2),

    /** No configured vendor does this operation or takes this input. */
    UNSUPPORTED(3),

    /** Credentials refused. */
    UNAUTHENTICATED(10),

    /** Service not activated, address not in the whitelist, account not allowed. */
    PERMISSION_DENIED(11),

    /** Package used up, daily quota reached, or the account is in arrears. */
    QUOTA_EXHAUSTED(12),

    /** Too fast. */
    RATE_LIMITED(13),

    /** The program's own provider gave no credentials. */
    CREDENTIALS_UNAVAILABLE(14),

    /** The vendor cannot use this image. */
    IMAGE_REJECTED(20),

    /** No readable card in the image. */
    CARD_NOT_FOUND(21),

    /** The vendor is down or busy. */
    VENDOR_UNAVAILABLE(30),

    /** A vendor code that is not in its documents, carried as it came. */
    VENDOR_ERROR(31),

    /** The deadline passed. */
    TIMEOUT(32),

    /** No connection, or it broke. */
    NETWORK(33),

    /** The answer is not what the vendor's document describes. */
    PROTOCOL(34),

    /** The caller cancelled. */
    CANCELLED(40),

    /** The client was closed, or belongs to the process that this one was forked from. */
    CLOSED(41),

    /** The journal knows the vendor's answer to what the call asks, and {@link CallOptions#withSkipAnswered} is set. */
    ALREADY_ANSWERED(42),

    /** Another call asks for the same now, and {@link CallOptions#withSkipAnswered} is set. */
    ALREADY_RUNNING(43),

    /** Journal or token store failed. */
    STORAGE(50),

    /** A bug in the library, or a shortage of this machine, which the message names. */
    INTERNAL(99);

    private final int number;

    Kind(int number) {
        this.number = number;
    }

    /** {@return the stable number, the same in every language} */
    public int number() {
        return number;
    }

    /** {@return one English sentence that says what a caller can do about it} */
    public String advice() {
        CApi.ensure();
        return CApi.text(CApi.cardwire_status_advice(number));
    }
}
