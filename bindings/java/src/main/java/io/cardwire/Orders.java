package io.cardwire;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** The orders of a journal, by way of the library's functions for a client or for a journal. */
final class Orders {
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

    /** An operation on the journal, which gives the library's status. */
    @FunctionalInterface
    private interface Work {
        int run(long owner, long[] given, long[] error);
    }

    private final Handle handle;
    private final ListAll listAll;
    private final ListUnknown listUnknown;
    private final Find find;
    private final Reconcile reconcile;
    private final Export export;
    private final Prune prune;

    Orders(
            Handle handle,
            ListAll listAll,
            ListUnknown listUnknown,
            Find find,
            Reconcile reconcile,
            Export export,
            Prune prune) {
        this.handle = handle;
        this.listAll = listAll;
        this.listUnknown = listUnknown;
        this.find = find;
        this.reconcile = reconcile;
        this.export = export;
        this.prune = prune;
    }

    List<OrderRecord> all(OrderFilter filter) {
        byte[] wanted = Objects.requireNonNull(filter, "filter").utf8();
        return records(run((owner, given, error) -> listAll.list(owner, wanted, wanted.length, given, error)));
    }

    List<OrderRecord> unknown() {
        return records(run(listUnknown::list));
    }

    Optional<OrderRecord> find(String orderId) {
        byte[] number = Text.utf8(Objects.requireNonNull(orderId, "orderId"), "order_id");
        long record = run((owner, given, error) -> find.find(owner, number, number.length, given, error));
        if (record == 0) {
            return Optional.empty();
        }
        return freed(record, CApi::cardwire_order_record_free, () -> Optional.of(record(record)));
    }

    void reconcile(String orderId, String note) {
        byte[] number = Text.utf8(Objects.requireNonNull(orderId, "orderId"), "order_id");
        byte[] text = Text.utf8(Objects.requireNonNull(note, "note"), "note");
        run(
                (owner, given, error) ->
                        reconcile.reconcile(owner, number, number.length, text, text.length, error));
    }

    long export(OrderFilter filter, Path path) {
        byte[] wanted = Objects.requireNonNull(filter, "filter").utf8();
        byte[] name = Text.utf8(Text.path(path, "path"), "path");
        return run(
                (owner, given, error) ->
                        export.export(owner, wanted, wanted.length, name, name.length, given, error));
    }

    long prune(Instant before) {
        long moment = OrderFilter.milliseconds(Objects.requireNonNull(before, "before"), "before");
        return run((owner, given, error) -> prune.prune(owner, moment, given, error));
    }

    private long run(Work work) {
        long[] given = new long[1];
        long[] error = new long[1];
        if (work.run(handle.get(), given, error) != 0) {
            throw handle.refusal(CardwireException.take(error[0]));
        }
        return given[0];
    }

    private static List<OrderRecord> records(long records) {
        return freed(
                records,
                CApi::cardwire_order_records_free,
                () ->
                        Json.parseAll(
                                CApi.text(
                                        CApi.cardwire_order_records_json(records),
                                        CApi.cardwire_order_records_json_len(records)),
                                OrderRecord::read));
    }

    private static OrderRecord record(long record) {
        String text =
                CApi.text(CApi.cardwire_order_record_json(record), CApi.cardwire_order_record_json_len(record));
        return OrderRecord.read(Json.parse(text), text);
    }

    private static <T> T freed(long object, java.util.function.LongConsumer free, Supplier<T> read) {
        try {
            return read.get();
        } finally {
            free.accept(object);
        }
    }
}
