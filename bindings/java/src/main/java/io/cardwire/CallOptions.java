package io.cardwire;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The options of one call, where it differs from the configuration. Options never change: each {@code with} gives new
 * ones.
 */
public final class CallOptions {
    private static final CallOptions DEFAULTS = new CallOptions(new JsonObject(), null);

    /** The options as the library reads them. */
    private final JsonObject document;

    private final Cancellation cancellation;

    private CallOptions(JsonObject document, Cancellation cancellation) {
        this.document = document;
        this.cancellation = cancellation;
    }

    /** {@return options that change nothing} */
    public static CallOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Asks only this vendor.
     *
     * @param vendor the vendor
     * @return new options
     */
    public CallOptions withVendor(Vendor vendor) {
        return withVendors(List.of(Objects.requireNonNull(vendor, "vendor").slug()));
    }

    /**
     * Asks only this account.
     *
     * @param name an entry's {@code name} in the configuration, or a vendor's name
     * @return new options
     */
    public CallOptions withVendor(String name) {
        return withVendors(List.of(Objects.requireNonNull(name, "name")));
    }

    /**
     * Asks only these accounts, in this order: the first that takes the input.
     *
     * @param names entries' names in the configuration, or vendors' names; a call with an empty list is refused
     * @return new options
     */
    public CallOptions withVendors(List<String> names) {
        List<String> vendors = List.copyOf(Objects.requireNonNull(names, "names"));
        return with("vendors", String.join(",", vendors));
    }

    /**
     * Sets the order number. The library makes one where none is given, and a batch makes one for each call.
     *
     * @param orderId 1 to 32 ASCII letters and digits, never used before
     * @return new options
     */
    public CallOptions withOrderId(String orderId) {
        return with("order_id", Objects.requireNonNull(orderId, "orderId"));
    }

    /**
     * Sets the caller's own name for what is asked, such as that of a photo. The journal keeps it and finds orders by
     * it; no vendor is told. Several calls may have the same.
     *
     * @param reference 1 to 64 printable characters and no personal datum: one that holds what looks like the number
     *     of a card, an identity card or a mobile phone, or a number of the cardholder, is refused
     * @return new options
     */
    public CallOptions withReference(String reference) {
        return with("reference", Objects.requireNonNull(reference, "reference"));
    }

    /**
     * Ends the call with {@link Kind#ALREADY_ANSWERED}, and sends nothing, where the journal knows the vendor's
     * answer to its reference or its order number: a result, or a refusal that was not free. While another call
     * asks for the same, the call ends with {@link Kind#ALREADY_RUNNING}. Such a call needs a
     * {@code journal} in the configuration, and a reference or an order number.
     *
     * @param skip true to do so
     * @return new options
     */
    public CallOptions withSkipAnswered(boolean skip) {
        return with("skip_answered", skip);
    }

    /**
     * Sets the caller's own name for its user, for vendors that keep one ({@code tencent_kyc}).
     *
     * @param userId 1 to 32 ASCII letters, digits, {@code -} and {@code _}
     * @return new options
     */
    public CallOptions withUserId(String userId) {
        return with("user_id", Objects.requireNonNull(userId, "userId"));
    }

    /**
     * Sets how long the whole call may take, the waits for a token and for the pace included.
     *
     * @param timeout the time; zero ends the call with {@link Kind#TIMEOUT}
     * @return new options
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a negative time, or more than a day
     */
    public CallOptions withTimeout(Duration timeout) {
        Duration longest = Duration.ofMillis(Contract.limit("timeout_ms"));
        if (Objects.requireNonNull(timeout, "timeout").isNegative() || timeout.compareTo(longest) > 0) {
            throw CardwireException.argument("timeout", "zero to " + longest, timeout);
        }
        // Rounded up, so that a short time does not become none.
        return with("timeout_ms", timeout.plusNanos(999_999).toMillis());
    }

    /**
     * Sets what can end the call from another thread.
     *
     * @param cancellation one cancellation may be given to many calls
     * @return new options
     */
    public CallOptions withCancellation(Cancellation cancellation) {
        return new CallOptions(document, Objects.requireNonNull(cancellation, "cancellation"));
    }

    /** Returns the same with the number that the events of the call are told with. */
    CallOptions withContext(long number) {
        return with("context", number);
    }

    /** Returns the same with these names, or without where they are null. */
    CallOptions withNames(String orderId, String reference) {
        return with("order_id", orderId).with("reference", reference);
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Returns the reference, or null where there is none. */
    String reference() {
        JsonElement reference = document.get("reference");
        return reference == null || reference.isJsonNull() ? null : reference.getAsString();
    }

    boolean isDefault() {
        return document.isEmpty();
    }

    /** Returns the options as the library reads them; a text that UTF-8 cannot hold is refused by its name. */
    String json() {
        document.asMap().forEach((key, value) -> {
            if (value.isJsonPrimitive()) {
                Text.whole(value.getAsString(), key);
            }
        });
        return document.toString();
    }

    private CallOptions with(String key, Object value) {
        return new CallOptions(Document.with(document, key, value), cancellation);
    }

    static void check(int status, long[] error) {
        if (status != 0) {
            throw CardwireException.take(error[0]);
        }
    }

    /** Shows neither the reference nor the user. */
    @Override
    public String toString() {
        JsonObject shown = document.deepCopy();
        List.of("reference", "user_id").forEach(key -> shown.asMap().replace(key, new JsonPrimitive("***")));
        return "CallOptions" + shown;
    }
}
