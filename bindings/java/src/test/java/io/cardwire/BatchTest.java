package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchTest {
    private static final Cardholder HOLDER = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);
    private static final Image PHOTO = Image.path(Sandbox.IMAGES.resolve("icbc-debit.jpg"));

    private final Sandbox sandbox = Sandbox.fresh();

    @Test
    void everyInputHasOneResultAndItsIndex() {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            List<Cardholder> holders = new ArrayList<>(Collections.nCopies(200, HOLDER));
            holders.set(7, Cardholder.of(Sandbox.CARD, "李四", Sandbox.ID));
            holders.set(9, Cardholder.of("", Sandbox.NAME, Sandbox.ID));
            holders.set(11, null);
            Set<Long> seen = new TreeSet<>();
            try (Batch<Verification> batch = client.verifyMany(holders)) {
                for (BatchItem<Verification> item : batch) {
                    assertTrue(seen.add(item.index()));
                    switch ((int) item.index()) {
                        case 7 -> assertEquals(Outcome.MISMATCH, item.result().outcome());
                        case 9 -> {
                            assertNull(item.result());
                            assertEquals("card_number", item.error().argument());
                        }
                        case 11 -> {
                            assertEquals(Kind.INVALID_ARGUMENT, item.error().kind());
                            assertEquals("cardholder", item.error().argument());
                            assertThrows(CardwireException.class, item::orThrow);
                        }
                        default -> assertEquals(Outcome.MATCH, item.orThrow().outcome());
                    }
                }
            }
            assertEquals(200, seen.size());
        }
        assertEquals(198, sandbox.counts("aliyun_yhkr").get("executed").getAsInt());
    }

    @Test
    void anInputThatIsRefusedWhenTheBatchIsClosedHasNoItem() {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            List<Batch<Verification>> open = new ArrayList<>();
            Iterator<Cardholder> closing =
                    new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return true;
                        }

                        @Override
                        public Cardholder next() {
                            CompletableFuture.runAsync(open.get(0)::close).join();
                            return null;
                        }
                    };
            open.add(client.verifyMany(closing, BatchOptions.defaults()));
            assertFalse(open.get(0).hasNext());
            assertThrows(NoSuchElementException.class, open.get(0)::next);
        }
    }

    @Test
    void inputsAreTakenOnlyAsCallsEnd() {
        sandbox.script("aliyun_bankocr", "recognize", 0, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":5}}");
        try (Client client = sandbox.client("aliyun_bankocr")) {
            AtomicInteger taken = new AtomicInteger();
            Iterator<Image> images = Stream.generate(() -> PHOTO).limit(60).peek(i -> taken.incrementAndGet()).iterator();
            BatchOptions options =
                    BatchOptions.defaults()
                            .withConcurrency(4)
                            .withCall(CallOptions.defaults().withOrderId("usedOnce").withVendor("aliyun_bankocr"));
            Set<String> orders = new TreeSet<>();
            int results = 0;
            try (Batch<Recognition> batch = client.recognizeMany(images, options)) {
                while (batch.hasNext()) {
                    orders.add(batch.next().orThrow().orderId());
                    results++;
                    assertTrue(taken.get() <= results + 4, taken + " taken, " + results + " results");
                }
            }
            assertEquals(60, results);
            assertEquals(60, orders.size(), "each call has its own order number");
        }
    }

    @Test
    void closeEndsTheCallsInFlight() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = sandbox.client("tencent_faceid")) {
            Batch<Verification> batch = client.verifyMany(Collections.nCopies(100, HOLDER));
            assertTrue(batch.hasNext());
            sandbox.awaitRequests("tencent_faceid", 16);
            batch.close();
            batch.close();
            assertFalse(batch.hasNext());
            assertThrows(NoSuchElementException.class, batch::next);
            assertEquals(16, sandbox.counts("tencent_faceid").get("requests").getAsInt());
        }
    }

    @Test
    void whoWasInterruptedStillTakesWhatIsInFlight() throws Exception {
        try (Client client = sandbox.client("aliyun_yhkr");
                Batch<Verification> batch =
                        client.verifyMany(
                                Collections.nCopies(5, HOLDER), BatchOptions.defaults().withConcurrency(3))) {
            sandbox.script("aliyun_yhkr", "verify", 3, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":2000}}");
            Thread.currentThread().interrupt();
            CardwireException error = assertThrows(CardwireException.class, batch::next);
            assertEquals(Kind.CANCELLED, error.kind());
            assertEquals(Sent.UNKNOWN, error.sent());
            assertEquals(Billed.UNKNOWN, error.billed());
            assertTrue(Thread.interrupted());
            assertTrue(batch.hasNext());
            Set<String> orders = new TreeSet<>();
            for (BatchItem<Verification> item : batch) {
                orders.add(item.orThrow().orderId());
            }
            assertEquals(5, orders.size());
            assertEquals(5, sandbox.counts("aliyun_yhkr").get("executed").getAsInt());
        }
    }

    @Test
    void aCancellationEndsTheBatchAndItsResultsAreStillTaken() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        Cancellation cancellation = new Cancellation();
        BatchOptions options =
                new BatchOptions(3, CallOptions.defaults().withCancellation(cancellation));
        try (Client client = sandbox.client("tencent_faceid");
                Batch<Verification> batch =
                        client.verifyMany(Stream.generate(() -> HOLDER).iterator(), options)) {
            assertTrue(batch.hasNext());
            sandbox.awaitRequests("tencent_faceid", 3);
            cancellation.cancel();
            for (int i = 0; i < 3; i++) {
                assertEquals(Kind.CANCELLED, batch.next().error().kind());
            }
            assertFalse(batch.hasNext());
        }
    }

    @Test
    void whatTheInputsThrowComesOut() {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            Iterator<Cardholder> inputs =
                    IntStream.range(0, 10)
                            .mapToObj(
                                    i -> {
                                        if (i == 2) {
                                            throw new IllegalStateException("no more");
                                        }
                                        return HOLDER;
                                    })
                            .iterator();
            try (Batch<Verification> batch = client.verifyMany(inputs, BatchOptions.defaults())) {
                assertThrows(IllegalStateException.class, batch::hasNext);
                assertEquals(Outcome.MATCH, batch.next().orThrow().outcome());
                assertEquals(Outcome.MATCH, batch.next().orThrow().outcome());
                assertFalse(batch.hasNext());
            }
        }
    }

    @Test
    void batchesMayRunOnThePoolThatReadsResults() throws Exception {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            List<CompletableFuture<Long>> batches = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                batches.add(
                        CompletableFuture.supplyAsync(
                                () -> {
                                    long matches = 0;
                                    for (BatchItem<Verification> item :
                                            client.verifyMany(Arrays.asList(HOLDER, HOLDER, HOLDER))) {
                                        matches += item.orThrow().outcome() == Outcome.MATCH ? 1 : 0;
                                    }
                                    return matches;
                                }));
            }
            for (CompletableFuture<Long> batch : batches) {
                assertEquals(3, batch.get(30, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void manyVirtualThreadsTakeResultsAtOnce() throws Exception {
        assumeTrue(InterruptTest.virtual(() -> {}) != null, "this JDK has no virtual threads");
        sandbox.script("aliyun_yhkr", "verify", 0, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":500}}");
        try (Client client = sandbox.client("aliyun_yhkr")) {
            BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
            long start = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                InterruptTest.virtual(
                                () -> {
                                    for (BatchItem<Verification> item : client.verifyMany(List.of(HOLDER, HOLDER))) {
                                        outcomes.add(item.orThrow().outcome());
                                    }
                                })
                        .start();
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(Outcome.MATCH, outcomes.poll(20, TimeUnit.SECONDS));
            }
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10), "a batch held its carrier");
        }
    }

    @Test
    void closeWakesTheThreadThatWaits() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = sandbox.client("tencent_faceid")) {
            Batch<Verification> batch = client.verifyMany(List.of(HOLDER));
            CompletableFuture<BatchItem<Verification>> next = CompletableFuture.supplyAsync(batch::next);
            sandbox.awaitRequests("tencent_faceid", 1);
            batch.close();
            Throwable end = assertThrows(ExecutionException.class, () -> next.get(10, TimeUnit.SECONDS));
            assertInstanceOf(NoSuchElementException.class, end.getCause());
        }
    }

    @Test
    void aBatchOutlivesItsClientAndGivesAnErrorForEachInput() {
        sandbox.silence("tencent_faceid", "verify");
        Client client = sandbox.client("tencent_faceid");
        Batch<Verification> batch = client.verifyMany(Collections.nCopies(20, HOLDER));
        assertTrue(batch.hasNext());
        client.close();
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        int items = 0;
        for (BatchItem<Verification> item : batch) {
            kinds.add(item.error().kind());
            items++;
        }
        assertEquals(20, items);
        assertEquals(EnumSet.of(Kind.CANCELLED, Kind.CLOSED), kinds);
    }

    @Test
    void aForgottenBatchIsClosed() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = sandbox.client("tencent_faceid")) {
            Batch<Verification> batch = client.verifyMany(List.of(HOLDER));
            assertTrue(batch.hasNext());
            assertTrue(Batch.WAITING.count() > 0);
            batch = null;
            for (int i = 0; i < 100 && Batch.WAITING.count() > 0; i++) {
                System.gc();
                Thread.sleep(20);
            }
            assertEquals(0, Batch.WAITING.count());
        }
    }

    @Test
    void optionsAreChecked() {
        CardwireException error =
                assertThrows(CardwireException.class, () -> BatchOptions.defaults().withConcurrency(0));
        assertEquals("concurrency", error.argument());
        assertThrows(NullPointerException.class, () -> BatchOptions.defaults().withCall(null));
    }
}
