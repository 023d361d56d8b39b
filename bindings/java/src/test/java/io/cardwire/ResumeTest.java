package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** References, order numbers of a batch's inputs, and batches that go on where they were cut off. */
@Timeout(60)
class ResumeTest {
    private static final Cardholder HOLDER = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);
    private static final Image PHOTO = Image.bytes(Sandbox.photo("icbc-debit.jpg"));
    private static final CallOptions SKIP = CallOptions.defaults().withSkipAnswered(true);

    private final Sandbox sandbox = Sandbox.fresh();

    @TempDir Path folder;

    private Client client() {
        JsonObject config = JsonParser.parseString(sandbox.config()).getAsJsonObject();
        JsonArray chosen = new JsonArray();
        for (JsonElement entry : config.getAsJsonArray("vendors")) {
            String vendor = entry.getAsJsonObject().get("vendor").getAsString();
            if (vendor.equals("aliyun_bankocr") || vendor.equals("tencent_faceid")) {
                chosen.add(entry);
            }
        }
        config.add("vendors", chosen);
        config.addProperty("journal", folder.resolve("journal").toString());
        return Client.fromJson(config.toString());
    }

    private int executed() {
        return IntStream.of(0, 1)
                .map(i -> sandbox.counts(List.of("aliyun_bankocr", "tencent_faceid").get(i)).get("executed").getAsInt())
                .sum();
    }

    private static CardwireException refused(Kind kind, String argument, Executable call) {
        CardwireException error = assertThrows(CardwireException.class, call);
        assertEquals(kind, error.kind(), error.toString());
        assertEquals(argument, error.argument());
        assertNull(error.order());
        return error;
    }

    private static <T> List<BatchItem<T>> sorted(Batch<T> batch) {
        List<BatchItem<T>> items = new ArrayList<>();
        batch.forEach(items::add);
        items.sort((a, b) -> Long.compare(a.index(), b.index()));
        return items;
    }

    private static OrderFilter of(String reference) {
        return OrderFilter.all().withReference(reference);
    }

    @Test
    void aBatchThatWasAbandonedGoesOnAndEachPhotoIsAnsweredOnce() throws Exception {
        List<String> names = IntStream.range(0, 8).mapToObj(i -> "photos/000" + i + ".jpg").toList();
        List<BatchInput<Image>> inputs = names.stream().map(PHOTO::withReference).toList();
        sandbox.post(
                "/script",
                "{\"vendor\":\"aliyun_bankocr\",\"skip\":3,\"times\":1,"
                        + "\"do\":{\"fault\":{\"kind\":\"close_after_read\"}}}");
        try (Client client = client();
                Batch<Recognition> batch = client.recognizeMany(inputs, new BatchOptions(1, SKIP))) {
            for (int i = 0; i < 5; i++) {
                CardwireException error = batch.next().error();
                assertEquals(i == 3 ? Sent.UNKNOWN : null, error == null ? null : error.sent());
            }
        }
        assertEquals(5, executed());

        try (Client client = client()) {
            List<BatchItem<Recognition>> items =
                    sorted(client.recognizeMany(inputs, BatchOptions.defaults().withConcurrency(4).withCall(SKIP)));
            Kind was = Kind.ALREADY_ANSWERED;
            assertEquals(
                    Arrays.asList(was, was, was, null, was, null, null, null),
                    items.stream().map(item -> item.error() == null ? null : item.error().kind()).toList());
            assertEquals(9, executed());
            for (BatchItem<Recognition> item : items) {
                String name = names.get((int) item.index());
                List<OrderRecord> found =
                        client.orders(of(name)).stream().filter(order -> order.status() == OrderStatus.ANSWERED).toList();
                assertEquals(1, found.size(), name);
                OrderRecord answer = found.get(0);
                assertEquals(name, answer.reference());
                assertEquals("ok", answer.outcome());
                CardwireException error = item.error();
                assertEquals(answer.orderId(), error == null ? item.result().orderId() : error.orderId());
                if (error == null) {
                    continue;
                }
                assertEquals(answer, error.order());
                assertEquals(client.findOrder(answer.orderId()).orElseThrow(), error.order());
                // Nothing of this call was sent; the order says what was of that one.
                assertEquals(42, error.code());
                assertEquals(Sent.NO, error.sent());
                assertEquals(Billed.NO, error.billed());
                assertEquals(Sent.YES, error.order().sent());
                assertEquals(Billed.YES, error.order().billed());
                JsonObject json = JsonParser.parseString(error.toJson()).getAsJsonObject();
                assertEquals(answer.toJson(), json.get("order").toString());
                assertEquals(answer, copy(error).order());
            }
            List<OrderRecord> unknown = client.unknownOrders();
            assertEquals(List.of(names.get(3)), unknown.stream().map(OrderRecord::reference).toList());
        }
    }

    private static CardwireException copy(CardwireException error) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(error);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (CardwireException) in.readObject();
        }
    }

    @Test
    void inputsWithAndWithoutNames() {
        try (Client client = client()) {
            List<BatchInput<Image>> photos =
                    List.of(
                            PHOTO,
                            PHOTO.withReference("second"),
                            Image.path(Sandbox.IMAGES.resolve("icbc-debit.jpg")).withOrderId("third"),
                            PHOTO.withOrderId("notThis").withReference("照片 4").withOrderId("fourth"),
                            PHOTO);
            List<OrderRecord> orders =
                    sorted(client.recognizeMany(photos)).stream()
                            .map(item -> client.findOrder(item.orThrow().orderId()).orElseThrow())
                            .toList();
            assertEquals(
                    Arrays.asList(null, "second", null, "照片 4", null),
                    orders.stream().map(OrderRecord::reference).toList());
            assertEquals("third", orders.get(2).orderId());
            assertEquals("fourth", orders.get(3).orderId());
            assertEquals(5, orders.stream().map(OrderRecord::orderId).distinct().count());

            // Names in the options of a batch are those of no call.
            CallOptions call = CallOptions.defaults().withReference("all").withOrderId("all");
            List<BatchInput<Cardholder>> holders = List.of(HOLDER, HOLDER.withReference("row 1").withOrderId("row1"));
            for (BatchItem<Verification> item :
                    client.verifyMany(holders.iterator(), BatchOptions.defaults().withCall(call))) {
                assertEquals(Outcome.MATCH, item.orThrow().outcome());
            }
            assertEquals(List.of(), client.orders(of("all")));
            OrderRecord row = client.findOrder("row1").orElseThrow();
            assertEquals("row 1", row.reference());
            assertEquals(Operation.VERIFY, row.operation());

            // Photos and cardholders alone are inputs as they ever were.
            List<Image> images = List.of(PHOTO);
            assertEquals(Sandbox.CARD, sorted(client.recognizeMany(images)).get(0).orThrow().cardNumber());
            List<Cardholder> persons = List.of(HOLDER);
            assertEquals(1, sorted(client.verifyMany(persons)).size());
        }
    }

    @Test
    void namesThatCannotBeUsedAreRefused() {
        List<String> references =
                List.of(
                        "",
                        "a\nb",
                        "a\u200bb",
                        "a".repeat(65),
                        "card 6222 0200 0000 0000 000",
                        "of-" + Sandbox.ID,
                        "张\ud83d三");
        try (Client client = client()) {
            for (String reference : references) {
                CardwireException error =
                        refused(
                                Kind.INVALID_ARGUMENT,
                                "reference",
                                () -> client.verify(HOLDER, CallOptions.defaults().withReference(reference)));
                assertFalse(!reference.isEmpty() && (error + error.toJson()).contains(reference), error.toString());
            }
            List<BatchInput<Cardholder>> inputs =
                    Arrays.asList(
                            HOLDER.withReference(""),
                            HOLDER.withReference("张\ud83d三"),
                            HOLDER.withOrderId("not one"),
                            null);
            List<BatchItem<Verification>> items = sorted(client.verifyMany(inputs));
            assertEquals(
                    List.of("reference", "reference", "order_id", "cardholder"),
                    items.stream().map(item -> Objects.requireNonNull(item.error()).argument()).toList());
            assertEquals(0, executed());
            for (String reference : List.of("1", "照片/2026 年/0001.jpg", "证".repeat(64))) {
                Verification verified = client.verify(HOLDER, CallOptions.defaults().withReference(reference));
                assertEquals(
                        List.of(verified.orderId()),
                        client.orders(of(reference)).stream().map(OrderRecord::orderId).toList());
            }
        }
        for (Executable call :
                List.<Executable>of(() -> PHOTO.withReference(null), () -> HOLDER.withReference("a").withReference(null))) {
            assertEquals("reference", assertThrows(NullPointerException.class, call).getMessage());
        }
        for (Executable call :
                List.<Executable>of(() -> PHOTO.withOrderId(null), () -> HOLDER.withReference("a").withOrderId(null))) {
            assertEquals("orderId", assertThrows(NullPointerException.class, call).getMessage());
        }
        String shown = HOLDER.withReference("a photo of somebody") + " " + SKIP.withReference("a photo of somebody");
        assertFalse(shown.contains("somebody") || shown.contains(Sandbox.NAME), shown);
    }

    @Test
    void singleCallsAreNotSentAgain() {
        try (Client client = client()) {
            List<Function<CallOptions, CallResult>> calls =
                    List.of(
                            options -> client.recognize(PHOTO, options),
                            options -> client.verify(HOLDER, options),
                            options -> client.lookupCard(Sandbox.CARD, options),
                            options -> client.verifyAsync(HOLDER, options).join());
            for (int i = 0; i < calls.size(); i++) {
                Function<CallOptions, CallResult> call = calls.get(i);
                String reference = "call " + i;
                String orderId = "call" + i;
                call.apply(SKIP.withReference(reference).withOrderId(orderId));
                int sent = executed();
                for (CallOptions options :
                        List.of(
                                SKIP.withReference(reference),
                                SKIP.withOrderId(orderId),
                                SKIP.withReference("another").withOrderId(orderId))) {
                    RuntimeException thrown = assertThrows(RuntimeException.class, () -> call.apply(options));
                    CardwireException error =
                            (CardwireException) (thrown instanceof CardwireException ? thrown : thrown.getCause());
                    assertEquals(Kind.ALREADY_ANSWERED, error.kind());
                    assertEquals(orderId, error.orderId());
                    assertEquals(client.findOrder(orderId).orElseThrow(), error.order());
                }
                assertEquals(sent, executed());
                call.apply(SKIP.withReference(reference).withSkipAnswered(false));
                call.apply(SKIP.withReference(reference + "b"));
                assertEquals(sent + 2, executed());
                assertEquals(2, client.orders(of(reference)).size());
            }
        }
    }

    @Test
    void whatCouldNeverBeToldAgainIsRefused() {
        try (Client client = client()) {
            refused(Kind.INVALID_ARGUMENT, "reference", () -> client.verify(HOLDER, SKIP));
            BatchItem<Verification> item =
                    client.verifyMany(List.of(HOLDER), BatchOptions.defaults().withCall(SKIP)).next();
            refused(Kind.INVALID_ARGUMENT, "reference", item::orThrow);
        }
        try (Client without = sandbox.client("tencent_faceid")) {
            CardwireException error =
                    refused(Kind.INVALID_CONFIG, null, () -> without.verify(HOLDER, SKIP.withReference("a")));
            assertFalse(JsonParser.parseString(error.toJson()).getAsJsonObject().has("order"));
        }
        assertEquals(0, executed());
    }
}
