package io.cardwire;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.Objects;

/** Which orders of a journal are wanted. A filter never changes: each {@code with} gives a new one. */
public final class OrderFilter {
    private static final OrderFilter ALL = new OrderFilter(new JsonObject());

    private final JsonObject document;

    private OrderFilter(JsonObject document) {
        this.document = document;
    }

    /**
     * Every order.
     *
     * @return a filter that takes all
     */
    public static OrderFilter all() {
        return ALL;
    }

    /**
     * Only those of which this is known.
     *
     * @param status the status
     * @return a new filter
     */
    public OrderFilter withStatus(OrderStatus status) {
        return with("status", Objects.requireNonNull(status, "status").slug());
    }

    /**
     * Only those of this vendor.
     *
     * @param vendor the vendor
     * @return a new filter
     */
    public OrderFilter withVendor(Vendor vendor) {
        return with("vendor", Objects.requireNonNull(vendor, "vendor").slug());
    }

    /**
     * Only those of this account.
     *
     * @param account an entry's {@code name} in the configuration, or a vendor's name
     * @return a new filter
     */
    public OrderFilter withAccount(String account) {
        return with("account", Objects.requireNonNull(account, "account"));
    }

    /**
     * Only those of this reference.
     *
     * @param reference the caller's own name for what was asked
     * @return a new filter
     */
    public OrderFilter withReference(String reference) {
        return with("reference", Objects.requireNonNull(reference, "reference"));
    }

    /**
     * Only those that a list has after this order: the next page.
     *
     * @param orderId the number of the last order of the page before
     * @return a new filter
     */
    public OrderFilter withBefore(String orderId) {
        return with("before", Objects.requireNonNull(orderId, "orderId"));
    }

    /**
     * Only those first written at this moment or later.
     *
     * @param since the moment; the journal keeps milliseconds
     * @return a new filter
     */
    public OrderFilter withSince(Instant since) {
        return with("since_ms", milliseconds(Objects.requireNonNull(since, "since"), "since"));
    }

    /**
     * Only those first written before this moment.
     *
     * @param until the moment; the journal keeps milliseconds
     * @return a new filter
     */
    public OrderFilter withUntil(Instant until) {
        return with("until_ms", milliseconds(Objects.requireNonNull(until, "until"), "until"));
    }

    /**
     * At most so many, the newest.
     *
     * @param limit how many
     * @return a new filter
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a negative number
     */
    public OrderFilter withLimit(int limit) {
        if (limit < 0) {
            throw CardwireException.of(Kind.INVALID_ARGUMENT, "limit", "limit: it is negative");
        }
        return with("limit", limit);
    }

    private OrderFilter with(String key, Object value) {
        JsonObject changed = document.deepCopy();
        if (value instanceof Number number) {
            changed.addProperty(key, number);
        } else {
            changed.addProperty(key, (String) value);
        }
        return new OrderFilter(changed);
    }

    /** Every order is after 1970; a moment that no number holds is after every order. */
    static long milliseconds(Instant moment, String argument) {
        if (moment.isBefore(Instant.EPOCH)) {
            throw CardwireException.of(Kind.INVALID_ARGUMENT, argument, argument + ": it is before 1970");
        }
        try {
            return moment.toEpochMilli();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    byte[] utf8() {
        return Text.utf8(document.toString(), "filter");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OrderFilter that && document.equals(that.document);
    }

    @Override
    public int hashCode() {
        return document.hashCode();
    }

    @Override
    public String toString() {
        return "OrderFilter" + document;
    }
}
