package io.cardwire;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The orders of a journal, as a client or the journal's file gives them. Nothing is sent. A client whose
 * configuration names no journal gives {@link Kind#INVALID_CONFIG}.
 */
abstract sealed class JournalAccess permits Client, Journal {
    /** A function of the library on a journal, which returns its status. */
    @FunctionalInterface
    private interface Work {
        int run(long journal, long[] given, long[] error);
    }

    /** The library's journal: a client's own, or a file's. */
    abstract Handle journal();

    /**
     * Lists every order, newest first. Nothing is sent.
     *
     * @return the orders
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be read; of a client {@link
     *     Kind#INVALID_CONFIG} where its configuration names no journal
     */
    public List<OrderRecord> orders() {
        return orders(OrderFilter.all());
    }

    /**
     * Lists the orders that a filter takes, newest first. Nothing is sent.
     *
     * @param filter the choice
     * @return the orders
     * @throws CardwireException as {@link #orders()}
     */
    public List<OrderRecord> orders(OrderFilter filter) {
        byte[] wanted = Objects.requireNonNull(filter, "filter").utf8();
        return records(
                run(
                        (journal, given, error) ->
                                CApi.cardwire_journal_orders(journal, wanted, wanted.length, given, error)));
    }

    /**
     * Lists the orders that a vendor may have executed and billed without this machine knowing, and that nobody
     * settled. Those of calls that still run are not among them.
     *
     * @return the orders, newest first
     * @throws CardwireException as {@link #orders()}
     */
    public List<OrderRecord> unknownOrders() {
        return records(run(CApi::cardwire_journal_unknown_orders));
    }

    /**
     * Finds the order of a number, as the journal holds it. Nothing is sent.
     *
     * @param orderId the order number
     * @return the order, where the journal has it
     * @throws CardwireException as {@link #orders()}
     */
    public Optional<OrderRecord> findOrder(String orderId) {
        byte[] number = Text.utf8(Objects.requireNonNull(orderId, "orderId"), "order_id");
        long record =
                run(
                        (journal, given, error) ->
                                CApi.cardwire_journal_find_order(journal, number, number.length, given, error));
        if (record == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Document.parse(
                                    CApi.text(
                                            CApi.cardwire_order_record_json(record),
                                            CApi.cardwire_order_record_json_len(record)))
                            .read(OrderRecord.class));
        } finally {
            CApi.cardwire_order_record_free(record);
        }
    }

    /**
     * Notes in the journal that an order was settled with the vendor: it is unknown no longer.
     *
     * @param orderId the order number
     * @param note what was found out; it must hold no personal datum
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where there is no such order, {@link
     *     Kind#STORAGE} where the file cannot be written; else as {@link #orders()}
     */
    public void reconcileOrder(String orderId, String note) {
        byte[] number = Text.utf8(Objects.requireNonNull(orderId, "orderId"), "order_id");
        byte[] text = Text.utf8(Objects.requireNonNull(note, "note"), "note");
        run(
                (journal, given, error) ->
                        CApi.cardwire_journal_reconcile_order(
                                journal, number, number.length, text, text.length, error));
    }

    /**
     * Writes orders to a new file as lines of JSON, newest first, for its owner alone. The memory that it
     * takes does not grow with their number.
     *
     * @param filter the choice; all of them where it has no limit
     * @param path a path of the default file system, where there is no file yet
     * @return how many
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where the file is there or cannot be made; else as
     *     {@link #orders()}
     */
    public long exportOrders(OrderFilter filter, Path path) {
        byte[] wanted = Objects.requireNonNull(filter, "filter").utf8();
        byte[] name = Text.utf8(Text.path(path, "path"), "path");
        return run(
                (journal, given, error) ->
                        CApi.cardwire_journal_export_orders(
                                journal, wanted, wanted.length, name, name.length, given, error));
    }

    /**
     * Removes the orders that were last written before a moment. Those that run and those that are unknown
     * and not settled stay. The number of an order that was removed may be used again.
     *
     * @param before the moment, at least 24 hours ago
     * @return how many
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a later moment, {@link Kind#STORAGE} where
     *     the journal cannot be written; else as {@link #orders()}
     */
    public long pruneOrders(Instant before) {
        long moment = OrderFilter.milliseconds(Objects.requireNonNull(before, "before"), "before");
        return run((journal, given, error) -> CApi.cardwire_journal_prune_orders(journal, moment, given, error));
    }

    private long run(Work work) {
        long[] given = new long[1];
        long[] error = new long[1];
        try {
            journal().check(work.run(journal().get(), given, error), error);
            return given[0];
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private static List<OrderRecord> records(long records) {
        try {
            return Document.parseAll(
                    CApi.text(
                            CApi.cardwire_order_records_json(records), CApi.cardwire_order_records_json_len(records)),
                    OrderRecord.class);
        } finally {
            CApi.cardwire_order_records_free(records);
        }
    }
}
