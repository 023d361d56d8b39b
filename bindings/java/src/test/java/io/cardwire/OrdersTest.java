package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OrdersTest {
    private static final CallOptions BANKOCR = CallOptions.defaults().withVendor(Vendor.ALIYUN_BANKOCR);
    private static final Image PHOTO = Image.bytes(Sandbox.photo("icbc-debit.jpg"));

    private final Sandbox sandbox = Sandbox.fresh();

    @TempDir Path folder;

    private Path file() {
        return folder.resolve("journal");
    }

    private Client client(Consumer<? super Event> listener) {
        JsonObject config = JsonParser.parseString(sandbox.config()).getAsJsonObject();
        config.addProperty("journal", file().toString());
        return Client.builder().config(config.toString()).onEvent(listener).build();
    }

    /** The vendor reads the request whole and hangs up: nobody knows what it did with it. */
    private void lose(Client client, String orderId) {
        sandbox.script("aliyun_bankocr", "any", 1, "{\"fault\":{\"kind\":\"close_after_read\"}}");
        CardwireException lost =
                assertThrows(
                        CardwireException.class, () -> client.recognize(PHOTO, BANKOCR.withOrderId(orderId)));
        assertEquals(Sent.UNKNOWN, lost.sent());
    }

    private static List<String> numbers(List<OrderRecord> orders) {
        return orders.stream().map(OrderRecord::orderId).toList();
    }

    @Test
    void aClientReadsItsJournal() {
        List<Event.OrderWritten> written = new ArrayList<>();
        Consumer<Event> listener =
                event -> {
                    if (event instanceof Event.OrderWritten order) {
                        synchronized (written) {
                            written.add(order);
                        }
                    }
                };
        Instant begun = Instant.now();
        try (Client client = client(listener)) {
            assertEquals(List.of(), client.orders());
            client.recognize(PHOTO, BANKOCR.withOrderId("java1"));
            assertEquals(List.of("intent", "released", "done"), written.stream().map(Event.OrderWritten::state).toList());
            Event.OrderWritten first = written.get(0);
            assertEquals(
                    new Event.OrderWritten(
                            Level.DEBUG,
                            first.text(),
                            first.call(),
                            Vendor.ALIYUN_BANKOCR,
                            "aliyun_bankocr",
                            "java1",
                            "intent"),
                    first);
            lose(client, "java2");

            assertEquals(List.of("java2", "java1"), numbers(client.orders()));
            assertEquals(List.of("java2"), numbers(client.unknownOrders()));
            OrderFilter all = OrderFilter.all();
            assertEquals(List.of("java1"), numbers(client.orders(all.withStatus(OrderStatus.ANSWERED))));
            assertEquals(List.of("java2"), numbers(client.orders(all.withLimit(1))));
            assertEquals(List.of(), numbers(client.orders(all.withLimit(0))));
            assertEquals(2, client.orders(all.withVendor(Vendor.ALIYUN_BANKOCR)).size());
            assertEquals(List.of(), client.orders(all.withVendor(Vendor.WECHAT)));
            assertEquals(2, client.orders(all.withAccount("aliyun_bankocr")).size());
            assertEquals(List.of(), client.orders(all.withAccount("\"quoted\"")));
            Instant early = begun.minusSeconds(60);
            assertEquals(2, client.orders(all.withSince(early).withUntil(Instant.MAX)).size());
            assertEquals(List.of(), client.orders(all.withUntil(early)));
            assertEquals(List.of(), client.orders(all.withSince(Instant.MAX)));

            OrderRecord answered = client.findOrder("java1").orElseThrow();
            assertEquals(Vendor.ALIYUN_BANKOCR, answered.vendor());
            assertEquals("aliyun_bankocr", answered.account());
            assertEquals(Operation.RECOGNIZE, answered.operation());
            assertEquals(OrderStatus.ANSWERED, answered.status());
            assertEquals(1, answered.sends());
            assertTrue(Duration.between(begun, answered.created()).abs().toMinutes() < 5, answered.toString());
            assertFalse(answered.changed().isBefore(answered.created()));
            assertEquals(Sent.YES, answered.sent());
            assertEquals(Billed.YES, answered.billed());
            assertEquals("ok", answered.outcome());
            assertNull(answered.vendorCode());
            assertNotNull(answered.requestId());
            assertEquals(200, answered.httpStatus());
            assertFalse(answered.late());
            assertNull(answered.reconciled());
            assertNull(answered.note());
            assertEquals(answered, client.orders().get(1));

            OrderRecord unknown = client.findOrder("java2").orElseThrow();
            assertEquals(OrderStatus.UNKNOWN, unknown.status());
            assertEquals(Billed.UNKNOWN, unknown.billed());
            assertNull(unknown.httpStatus());
            assertTrue(client.findOrder("java9").isEmpty());
            for (String text : List.of(unknown.toString(), unknown.toJson(), client.orders().toString())) {
                assertFalse(text.contains(Sandbox.CARD), text);
            }
        }
    }

    @Test
    void aJournalNeedsNoClient() throws Exception {
        try (Client client = client(event -> {});
                Journal journal = Journal.open(file())) {
            assertEquals("Journal[open]", journal.toString());
            lose(client, "java3");
            lose(client, "java4");
            assertEquals(List.of("java4", "java3"), numbers(journal.unknownOrders()));
            journal.reconcileOrder("java3", "not executed, card " + Sandbox.CARD);
            client.reconcileOrder("java4", "");
            assertEquals(List.of(), client.unknownOrders());
            OrderRecord settled = journal.findOrder("java3").orElseThrow();
            assertEquals("not executed, card ***", settled.note());
            assertFalse(settled.reconciled().isBefore(settled.created()));
            assertEquals(OrderStatus.UNKNOWN, settled.status(), "what is known of the call does not change");
            assertEquals("", client.findOrder("java4").orElseThrow().note());
            assertEquals(List.of("java4"), numbers(journal.orders(OrderFilter.all().withLimit(1))));
            assertEquals(List.of("java3"), numbers(journal.orders(OrderFilter.all().withBefore("java4"))));
            assertEquals(List.of(), numbers(journal.orders(OrderFilter.all().withReference("nothing"))));
            assertNull(settled.reference());
            assertEquals(2, journal.orders().size());
            assertEquals(2, client.exportOrders(OrderFilter.all(), folder.resolve("lines")));
            List<String> lines = Files.readAllLines(folder.resolve("lines"));
            assertEquals(client.orders().stream().map(OrderRecord::toJson).toList(), lines);
            assertEquals(1, journal.exportOrders(OrderFilter.all().withLimit(1), folder.resolve("one")));
            refused(Kind.INVALID_ARGUMENT, "path", () -> journal.exportOrders(OrderFilter.all(), folder.resolve("one")));
            Instant longAgo = Instant.now().minusSeconds(25 * 3600);
            assertEquals(0, client.pruneOrders(longAgo));
            assertEquals(0, journal.pruneOrders(Instant.EPOCH));
            Kind later = assertThrows(CardwireException.class, () -> journal.pruneOrders(Instant.now())).kind();
            assertEquals(Kind.INVALID_ARGUMENT, later);
            client.close();
            client.close();
            CardwireException closed = assertThrows(CardwireException.class, client::orders);
            assertEquals(Kind.CLOSED, closed.kind());
            assertTrue(closed.getMessage().contains("the client was closed"), closed.getMessage());
            assertEquals(2, journal.orders().size());
        }
    }

    @Test
    void aJournalIsClosedWhileOthersRead() throws Exception {
        try (Client client = client(event -> {})) {
            client.recognize(PHOTO, BANKOCR);
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int round = 0; round < 20; round++) {
            Journal journal = Journal.open(file());
            List<Future<Kind>> reads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                reads.add(
                        threads.submit(
                                () -> {
                                    while (true) {
                                        try {
                                            assertEquals(1, journal.orders().size());
                                        } catch (CardwireException e) {
                                            return e.kind();
                                        }
                                    }
                                }));
            }
            threads.submit(journal::close);
            journal.close();
            assertEquals("Journal[closed]", journal.toString());
            for (Future<Kind> read : reads) {
                assertEquals(Kind.CLOSED, read.get(10, TimeUnit.SECONDS));
            }
            assertThrows(CardwireException.class, () -> journal.reconcileOrder("a", "b"));
        }
        threads.shutdown();
    }

    private static void refused(Kind kind, String argument, org.junit.jupiter.api.function.Executable call) {
        CardwireException error = assertThrows(CardwireException.class, call);
        assertEquals(kind, error.kind());
        assertEquals(argument, error.argument());
    }

    @Test
    void whatCannotBeDoneIsSaid() throws Exception {
        String bad = "张\ud83d三";
        try (Client without = sandbox.client()) {
            refused(Kind.INVALID_CONFIG, null, without::orders);
            refused(Kind.INVALID_CONFIG, null, without::unknownOrders);
            refused(Kind.INVALID_CONFIG, null, () -> without.findOrder("a"));
            refused(Kind.INVALID_CONFIG, null, () -> without.reconcileOrder("a", "b"));
        }
        try (Client client = client(event -> {});
                Journal journal = Journal.open(file())) {
            refused(Kind.INVALID_ARGUMENT, "order_id", () -> client.reconcileOrder("java9", "x"));
            refused(Kind.INVALID_ARGUMENT, "order_id", () -> journal.reconcileOrder("java9", "x"));
            refused(Kind.INVALID_ARGUMENT, "order_id", () -> client.findOrder(bad));
            refused(Kind.INVALID_ARGUMENT, "order_id", () -> journal.reconcileOrder(bad, "x"));
            refused(Kind.INVALID_ARGUMENT, "note", () -> journal.reconcileOrder("a", bad));
            refused(Kind.INVALID_ARGUMENT, "filter", () -> client.orders(OrderFilter.all().withAccount(bad)));
            assertTrue(client.findOrder("' OR 1 = 1").isEmpty());
            assertTrue(journal.findOrder("").isEmpty());
        }
        refused(Kind.INVALID_ARGUMENT, "limit", () -> OrderFilter.all().withLimit(-1));
        refused(Kind.INVALID_ARGUMENT, "since", () -> OrderFilter.all().withSince(Instant.MIN));
        refused(Kind.INVALID_ARGUMENT, "until", () -> OrderFilter.all().withUntil(Instant.EPOCH.minusMillis(1)));
        refused(Kind.STORAGE, null, () -> Journal.open(folder));
        refused(Kind.STORAGE, null, () -> Journal.open(Path.of("")));
        refused(Kind.STORAGE, null, () -> Journal.open(folder.resolve("missing/journal")));
        Path text = Files.writeString(folder.resolve("text"), "x".repeat(5000));
        refused(Kind.STORAGE, null, () -> Journal.open(text));
        assertEquals(5000, Files.size(text));
        try (FileSystem files = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            refused(Kind.INVALID_ARGUMENT, "path", () -> Journal.open(files.getPath("journal")));
        }
    }
}
