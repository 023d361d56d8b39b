package io.cardwire;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A journal's file without a client, for tools that settle orders with the vendors. Clients may write to the
 * same file meanwhile. It may be used by many threads at once; calls wait for the disk, not for a vendor.
 */
public final class Journal implements AutoCloseable {
    private final Handle handle;
    private final Orders orders;

    private Journal(long journal) {
        handle = new Handle(this, "journal", journal, CApi::cardwire_journal_free);
        orders =
                new Orders(
                        handle,
                        CApi::cardwire_journal_orders,
                        CApi::cardwire_journal_unknown_orders,
                        CApi::cardwire_journal_find_order,
                        CApi::cardwire_journal_reconcile_order,
                        CApi::cardwire_journal_export_orders,
                        CApi::cardwire_journal_prune_orders);
    }

    /**
     * Opens a journal's file, or makes an empty one.
     *
     * @param path a path of the default file system
     * @return the journal
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be used
     */
    public static Journal open(Path path) {
        byte[] name = Text.utf8(Text.path(path, "path"), "path");
        CApi.ensure();
        long[] journal = new long[1];
        long[] error = new long[1];
        CallOptions.check(CApi.cardwire_journal_open(name, name.length, journal, error), error);
        return new Journal(journal[0]);
    }

    /**
     * Every order, newest first.
     *
     * @return the orders
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be read
     */
    public List<OrderRecord> orders() {
        return orders(OrderFilter.all());
    }

    /**
     * The orders that a filter wants, newest first.
     *
     * @param filter which ones
     * @return the orders
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be read
     */
    public List<OrderRecord> orders(OrderFilter filter) {
        try {
            return orders.all(filter);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The orders that a vendor may have executed and billed without this machine knowing, and that nobody
     * settled.
     *
     * @return the orders, newest first
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be read
     */
    public List<OrderRecord> unknownOrders() {
        try {
            return orders.unknown();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The order of a number.
     *
     * @param orderId the order number
     * @return the order, where the journal has it
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be read
     */
    public Optional<OrderRecord> findOrder(String orderId) {
        try {
            return orders.find(orderId);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Notes that an order was settled with the vendor: it is unknown no longer.
     *
     * @param orderId the order number
     * @param note what was found out; it must hold no personal datum
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where there is no such order, {@link
     *     Kind#STORAGE} where the file cannot be written
     */
    public void reconcileOrder(String orderId, String note) {
        try {
            orders.reconcile(orderId, note);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes orders to a new file as lines of JSON, newest first, for its owner alone. The memory that it
     * takes does not grow with their number.
     *
     * @param filter which ones; all of them where it has no limit
     * @param path a path of the default file system, where there is no file yet
     * @return how many
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where the file is there or cannot be made
     */
    public long exportOrders(OrderFilter filter, Path path) {
        try {
            return orders.export(filter, path);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Removes the orders that were last written before a moment. Those that run and those that are unknown
     * and not settled stay. The number of an order that was removed may be used again.
     *
     * @param before the moment, at least 24 hours ago
     * @return how many
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a later moment, {@link Kind#STORAGE} where
     *     the journal cannot be written
     */
    public long pruneOrders(Instant before) {
        try {
            return orders.prune(before);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Closes the file. Closing twice, from any thread, does nothing more; calls after it give {@link Kind#CLOSED}. */
    @Override
    public void close() {
        handle.close();
    }

    /** Shows nothing of the file. */
    @Override
    public String toString() {
        return handle.isOpen() ? "Journal[open]" : "Journal[closed]";
    }
}
