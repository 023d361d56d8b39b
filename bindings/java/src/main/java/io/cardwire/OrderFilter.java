package io.cardwire;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.Objects;

/** A choice among the orders of a journal. A filter never changes: each {@code with} gives a new one. */
public final class OrderFilter {
    private static final OrderFilter ALL = new OrderFilter(new JsonObject());

    private final JsonObject document;

    private OrderFilter(JsonObject document) {
        this.document = document;
    }

    /** {@return a filter that takes every order} */
    public static OrderFilter all() {
        return ALL;
    }

    /**
     * Takes only orders in this state.
     *
     * @param status the state
     * @return a new filter
     */
    public OrderFilter withStatus(OrderStatus status) {
        return with("status", Objects.requireNonNull(status, "status").slug());
    }

    /**
     * Takes only orders of this vendor.
     *
     * @param vendor the vendor
     * @return a new filter
     */
    public OrderFilter withVendor(Vendor vendor) {
        return with("vendor", Objects.requireNonNull(vendor, "vendor").slug());
    }

    /**
     * Takes only orders of this account.
     *
     * @param account an entry's {@code name} in the configuration, or a vendor's name
     * @return a new filter
     */
    public OrderFilter withAccount(String account) {
        return with("account", Objects.requireNonNull(account, "account"));
    }

    /**
     * Takes only orders with this reference.
     *
     * @param reference the caller's own name for what was asked
     * @return a new filter
     */
    public OrderFilter withReference(String reference) {
        return with("reference", Objects.requireNonNull(reference, "reference"));
    }

    /**
     * Takes only the orders that a list has after this one: the next page.
     *
     * @param orderId the number of the last order of the page before
     * @return a new filter
     */
    public OrderFilter withBefore(String orderId) {
        return with("before", Objects.requireNonNull(orderId, "orderId"));
    }

    /**
     * Takes only orders first written at this moment or later.
     *
     * @param since the moment; the journal keeps milliseconds
     * @return a new filter
     */
    public OrderFilter withSince(Instant since) {
        return with("since_ms", milliseconds(Objects.requireNonNull(since, "since"), "since"));
    }

    /**
     * Takes only orders first written before this moment.
     *
     * @param until the moment; the journal keeps milliseconds
     * @return a new filter
     */
    public OrderFilter withUntil(Instant until) {
        return with("until_ms", milliseconds(Objects.requireNonNull(until, "until"), "until"));
    }

    /**
     * Takes at most so many orders, the newest.
     *
     * @param limit how many
     * @return a new filter
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a negative number
     */
    public OrderFilter withLimit(int limit) {
        if (limit < 0) {
            throw CardwireException.argument("limit", "a number from 0", limit);
        }
        return with("limit", limit);
    }

    private OrderFilter with(String key, Object value) {
        return new OrderFilter(Document.with(document, key, value));
    }

    /**
     * Returns milliseconds since 1970. Every order is after that; a moment that no number holds is after every order.
     */
    static long milliseconds(Instant moment, String argument) {
        if (moment.isBefore(Instant.EPOCH)) {
            throw CardwireException.argument(argument, "a moment from 1970 on", moment);
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
