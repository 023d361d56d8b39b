package io.cardwire;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The options of one call, which go before the configuration. Options never change: each {@code with} gives
 * new ones.
 */
public final class CallOptions {
    private static final CallOptions DEFAULTS = 
            new CallOptions(null, null, null, null, false, null, null);

    private static final Duration LONGEST = Duration.ofDays(1);

    /** {@code null} for all. */
    private final List<String> vendors;
    private final String orderId;
    private final String reference;
    private final String userId;
    private final boolean skipAnswered;
    private final Duration timeout;
    private final Cancellation cancellation;

    private CallOptions(
            List<String> vendors,
            String orderId,
            String reference,
            String userId,
            boolean skipAnswered,
            Duration timeout,
            Cancellation cancellation) {
        this.vendors = vendors;
        this.orderId = orderId;
        this.reference = reference;
        this.userId = userId;
        this.skipAnswered = skipAnswered;
        this.timeout = timeout;
        this.cancellation = cancellation;
    }

    /**
     * The configuration's own ways.
     *
     * @return options that change nothing
     */
    public static CallOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Only this vendor.
     *
     * @param vendor the vendor
     * @return new options
     */
    public CallOptions withVendor(Vendor vendor) {
        return withVendors(List.of(Objects.requireNonNull(vendor, "vendor").slug()));
    }

    /**
     * Only this account.
     *
     * @param name an entry's {@code name} in the configuration, or a vendor's name
     * @return new options
     */
    public CallOptions withVendor(String name) {
        return withVendors(List.of(Objects.requireNonNull(name, "name")));
    }

    /**
     * Only these accounts, in this order: the first that takes the input is asked.
     *
     * @param names entries' names in the configuration, or vendors' names; a call that is given none of them is refused
     * @return new options
     */
    public CallOptions withVendors(List<String> names) {
        List<String> vendors = List.copyOf(Objects.requireNonNull(names, "names"));
        return new CallOptions(vendors, orderId, reference, userId, skipAnswered, timeout, cancellation);
    }

    /**
     * The order number. The library makes one where none is given, and a batch makes one for each call.
     *
     * @param orderId 1 to 32 ASCII letters and digits, never used before
     * @return new options
     */
    public CallOptions withOrderId(String orderId) {
        return withNames(Objects.requireNonNull(orderId, "orderId"), reference);
    }

    /**
     * The caller's own name for what is asked, such as that of a photo. The journal keeps it and finds orders
     * by it; no vendor is told. Several calls may have the same.
     *
     * @param reference 1 to 64 printable characters and no personal datum: one that holds what looks like
     *     the number of a card, an identity card or a mobile phone, or a number of the cardholder, is refused
     * @return new options
     */
    public CallOptions withReference(String reference) {
        return withNames(orderId, Objects.requireNonNull(reference, "reference"));
    }

    /**
     * Sets whether the call ends with {@link Kind#ALREADY_ANSWERED}, and nothing is sent, where the journal knows
     * the vendor's answer to its reference or its order number: a result, or a refusal that was not free. It
     * needs a {@code journal} in the configuration, and a reference or an order number.
     *
     * @param skip whether it does
     * @return new options
     */
    public CallOptions withSkipAnswered(boolean skip) {
        return new CallOptions(vendors, orderId, reference, userId, skip, timeout, cancellation);
    }

    /**
     * The caller's own name for its user, for vendors that keep one ({@code tencent_kyc}).
     *
     * @param userId 1 to 32 ASCII letters, digits, {@code -} and {@code _}
     * @return new options
     */
    public CallOptions withUserId(String userId) {
        Objects.requireNonNull(userId, "userId");
        return new CallOptions(vendors, orderId, reference, userId, skipAnswered, timeout, cancellation);
    }

    /**
     * How long the whole call may take, waiting for a token and for the pace included.
     *
     * @param timeout the time; zero ends the call with {@link Kind#TIMEOUT}
     * @return new options
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a negative time, or more than a day
     */
    public CallOptions withTimeout(Duration timeout) {
        if (Objects.requireNonNull(timeout, "timeout").isNegative() || timeout.compareTo(LONGEST) > 0) {
            throw CardwireException.of(
                    Kind.INVALID_ARGUMENT, "timeout", "timeout: it is not from zero to a day");
        }
        return new CallOptions(vendors, orderId, reference, userId, skipAnswered, timeout, cancellation);
    }

    /**
     * The handle that can end the call from another thread.
     *
     * @param cancellation one cancellation may be given to many calls
     * @return new options
     */
    public CallOptions withCancellation(Cancellation cancellation) {
        Objects.requireNonNull(cancellation, "cancellation");
        return new CallOptions(vendors, orderId, reference, userId, skipAnswered, timeout, cancellation);
    }

    /** The same with these names, or without where they are null. */
    CallOptions withNames(String orderId, String reference) {
        return new CallOptions(vendors, orderId, reference, userId, skipAnswered, timeout, cancellation);
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Returns the text that the library reads of them. */
    JsonObject document() {
        JsonObject document = new JsonObject();
        if (vendors != null) {
            document.addProperty("vendors", String.join(",", vendors));
        }
        document.addProperty("order_id", orderId);
        document.addProperty("reference", reference);
        document.addProperty("user_id", userId);
        document.addProperty("skip_answered", skipAnswered);
        if (timeout != null) {
            document.addProperty("timeout_ms", milliseconds(timeout));
        }
        return document;
    }

    /** Rounded up, so that a short time does not become none. */
    private static long milliseconds(Duration timeout) {
        return timeout.plusNanos(999_999).toMillis();
    }

    static void check(int status, long[] error) {
        if (status != 0) {
            throw CardwireException.take(error[0]);
        }
    }

    @Override
    public String toString() {
        return "CallOptions[vendors="
                + vendors
                + ", orderId="
                + orderId
                + ", reference="
                + Text.hidden(reference)
                + ", skipAnswered="
                + skipAnswered
                + ", timeout="
                + timeout
                + "]";
    }
}
