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
    @FunctionalInterface
    interface ListAll {
        int list(long owner, byte[] filter, long filterLen, long[] records, long[] error);
    }

    @FunctionalInterface
    interface ListUnknown {
        int list(long owner, long[] records, long[] error);
    }

    @FunctionalInterface
    interface Find {
        int find(long owner, byte[] orderId, long orderIdLen, long[] record, long[] error);
    }

    @FunctionalInterface
    interface Reconcile {
        int reconcile(long owner, byte[] orderId, long orderIdLen, byte[] note, long noteLen, long[] error);
    }

    @FunctionalInterface
    interface Export {
        int export(
                long owner, byte[] filter, long filterLen, byte[] path, long pathLen, long[] count, long[] error);
    }

    @FunctionalInterface
    interface Prune {
        int prune(long owner, long beforeMs, long[] count, long[] error);
    }

    /** A function of the library on a client or a journal, which returns its status. */
    @FunctionalInterface
    private interface Work {
        int run(long owner, long[] given, long[] error);
    }

    /** The library's functions for a client, or for a journal. */
    record Functions(
            ListAll listAll, ListUnknown listUnknown, Find find, Reconcile reconcile, Export export, Prune prune) {}

    private final Functions functions;

    JournalAccess(Functions functions) {
        this.functions = functions;
    }

    /** The library's client or journal. */
    abstract Handle handle();

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
                        (owner, given, error) ->
                                functions.listAll.list(owner, wanted, wanted.length, given, error)));
    }

    /**
     * Lists the orders that a vendor may have executed and billed without this machine knowing, and that nobody
     * settled. Those of calls that still run are not among them.
     *
     * @return the orders, newest first
     * @throws CardwireException as {@link #orders()}
     */
    public List<OrderRecord> unknownOrders() {
        return records(run(functions.listUnknown::list));
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
                run((owner, given, error) -> functions.find.find(owner, number, number.length, given, error));
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
                (owner, given, error) ->
                        functions.reconcile.reconcile(owner, number, number.length, text, text.length, error));
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
                (owner, given, error) ->
                        functions.export.export(
                                owner, wanted, wanted.length, name, name.length, given, error));
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
        return run((owner, given, error) -> functions.prune.prune(owner, moment, given, error));
    }

    private long run(Work work) {
        long[] given = new long[1];
        long[] error = new long[1];
        try {
            if (work.run(handle().get(), given, error) != 0) {
                throw handle().refusal(CardwireException.take(error[0]));
            }
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
