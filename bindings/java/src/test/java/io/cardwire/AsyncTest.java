package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AsyncTest {
    private static final Path PHOTO = Sandbox.IMAGES.resolve("icbc-debit.jpg");
    private static final Cardholder HOLDER = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);

    private final Sandbox sandbox = Sandbox.fresh();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    private Client observed() {
        return Client.builder().config(sandbox.config()).onEvent(events::add).build();
    }

    /** The library has ended every call, long before the deadline of ten seconds. */
    private static void awaitNoCalls() throws InterruptedException {
        for (int i = 0; i < 200 && End.AWAITED.count() > 0; i++) {
            Thread.sleep(10);
        }
        assertEquals(0, End.AWAITED.count());
    }

    private static CardwireException reason(CompletableFuture<?> future) {
        return assertInstanceOf(
                CardwireException.class,
                assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS)).getCause());
    }

    @Test
    void everyOperationHasAnAsynchronousForm() throws Exception {
        try (Client client = sandbox.client()) {
            CallOptions options = CallOptions.defaults().withOrderId("javaAsync1");
            assertEquals(Sandbox.CARD, client.recognizeAsync(Image.path(PHOTO), options).get().cardNumber());
            assertEquals(Sandbox.CARD, client.fetchOrderAsync("javaAsync1").get().cardNumber());
            assertEquals(Outcome.MATCH, client.verifyAsync(HOLDER).get().outcome());
            assertTrue(client.lookupCardAsync(Sandbox.CARD).get().found());
        }
    }

    @Test
    void failuresCompleteTheFuture() {
        try (Client client = sandbox.client()) {
            CardwireException empty = reason(client.recognizeAsync(Image.bytes(new byte[0])));
            assertEquals(Kind.INVALID_ARGUMENT, empty.kind());
            assertEquals("image", empty.argument());
            CardwireException surrogate = reason(client.lookupCardAsync("\ud800"));
            assertEquals("card_number", surrogate.argument());
            client.close();
            assertEquals(Kind.CLOSED, reason(client.verifyAsync(HOLDER)).kind());
        }
    }

    @Test
    void cancelReachesTheCall() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = sandbox.client()) {
            CompletableFuture<Verification> future = client.verifyAsync(HOLDER);
            sandbox.awaitRequests("tencent_faceid", 1);
            assertEquals(1, End.AWAITED.count());
            assertTrue(future.cancel(true));
            assertThrows(CancellationException.class, future::get);
            awaitNoCalls();
        }
    }

    @Test
    void aFutureThatTimesOutEndsItsCall() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = sandbox.client()) {
            CompletableFuture<Verification> future =
                    client.verifyAsync(HOLDER).orTimeout(200, TimeUnit.MILLISECONDS);
            assertInstanceOf(
                    TimeoutException.class, assertThrows(ExecutionException.class, future::get).getCause());
            awaitNoCalls();
        }
    }

    @Test
    void oneCancellationEndsManyCallsNowAndLater() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        Cancellation cancellation = new Cancellation();
        CallOptions options = CallOptions.defaults().withCancellation(cancellation);
        try (Client client = sandbox.client("tencent_faceid")) {
            List<CompletableFuture<Verification>> futures = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                futures.add(client.verifyAsync(HOLDER, options));
            }
            sandbox.awaitRequests("tencent_faceid", 5);
            assertFalse(cancellation.isCancelled());
            cancellation.cancel();
            for (CompletableFuture<Verification> future : futures) {
                CardwireException error = reason(future);
                assertEquals(Kind.CANCELLED, error.kind());
                assertEquals(Billed.UNKNOWN, error.billed());
            }
            CardwireException later =
                    assertThrows(CardwireException.class, () -> client.verify(HOLDER, options));
            assertEquals(Kind.CANCELLED, later.kind());
            assertEquals(Sent.NO, later.sent());
            assertEquals(5, sandbox.counts("tencent_faceid").get("requests").getAsInt());
        }
    }

    @Test
    void whatDependsOnAFutureMayBlock() throws Exception {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            // More than the library has threads: each result is used to make another call.
            List<CompletableFuture<Outcome>> futures = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                futures.add(client.verifyAsync(HOLDER).thenApply(first -> client.verify(HOLDER).outcome()));
            }
            for (CompletableFuture<Outcome> future : futures) {
                assertEquals(Outcome.MATCH, future.get(30, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void theCallersExecutorRunsWhatDependsOnTheFuture() throws Exception {
        ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "own"));
        AtomicReference<String> thread = new AtomicReference<>();
        sandbox.script("aliyun_yhkr", "verify", 1, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":100}}");
        try (Client client = Client.builder().config(sandbox.config()).executor(own).build()) {
            CallOptions options = CallOptions.defaults().withVendor(Vendor.ALIYUN_YHKR);
            client.verifyAsync(HOLDER, options)
                    .thenAccept(result -> thread.set(Thread.currentThread().getName()))
                    .get(10, TimeUnit.SECONDS);
            assertEquals("own", thread.get());
            own.shutdown();
            // An executor that refuses tasks does not lose results.
            assertEquals(
                    Outcome.MATCH, client.verifyAsync(HOLDER, options).get(10, TimeUnit.SECONDS).outcome());
        }
    }

    @Test
    void eventsTellWhatHappens() throws Exception {
        try (Client client = observed()) {
            client.recognize(
                    Image.path(PHOTO), CallOptions.defaults().withVendor("wechat").withOrderId("javaEvent1"));
            Event token = events.poll(5, TimeUnit.SECONDS);
            while (!(token instanceof Event.TokenRefreshed)) {
                token = events.poll(5, TimeUnit.SECONDS);
            }
            assertEquals(Vendor.WECHAT, token.vendor());
        }
        events.clear();
        sandbox.script("aliyun_yhkr", "verify", 1, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":20}}");
        try (Client client = observed()) {
            client.verify(HOLDER, CallOptions.defaults().withVendor("aliyun_yhkr").withOrderId("javaEvent2"));
            Event.CallStarted begun = (Event.CallStarted) events.poll(5, TimeUnit.SECONDS);
            Event.AttemptStarted started = (Event.AttemptStarted) events.poll(5, TimeUnit.SECONDS);
            assertEquals(
                    new Event.AttemptStarted(
                            Level.DEBUG,
                            started.text(),
                            begun.call(),
                            Vendor.ALIYUN_YHKR,
                            "aliyun_yhkr",
                            Operation.VERIFY,
                            "javaEvent2",
                            1,
                            "127.0.0.1",
                            started.serverPort()),
                    started);
            assertTrue(started.text().startsWith("attempt_started call=" + begun.call() + " vendor=aliyun_yhkr "));
            Event.AttemptEnded ended = (Event.AttemptEnded) events.poll(5, TimeUnit.SECONDS);
            assertEquals(null, ended.failure());
            assertEquals(Sent.YES, ended.sent());
            assertTrue(ended.duration().toMillis() >= 20);
            assertEquals(Billed.YES, ended.billed());
            assertEquals(200, ended.httpStatus());
            Event.CallEnded over = (Event.CallEnded) events.poll(5, TimeUnit.SECONDS);
            assertEquals(Level.INFO, over.level());
            assertEquals(1, over.attempts());
            assertEquals("javaEvent2", over.attributes().get("cardwire.order_id"));
            assertFalse((started.toString() + ended).contains(Sandbox.CARD));
        }
    }

    @Test
    void aListenerMayThrowAndMayCallTheClient() throws Exception {
        AtomicReference<Client> itself = new AtomicReference<>();
        BlockingQueue<Outcome> nested = new LinkedBlockingQueue<>();
        CallOptions options = CallOptions.defaults().withVendor("aliyun_yhkr");
        Client client =
                Client.builder()
                        .config(sandbox.config())
                        .onEvent(
                                event -> {
                                    if (event instanceof Event.AttemptStarted && nested.isEmpty()) {
                                        nested.add(Outcome.INCONCLUSIVE);
                                        nested.add(itself.get().verify(HOLDER, options).outcome());
                                    }
                                    throw new IllegalStateException("a listener's own trouble");
                                })
                        .build();
        itself.set(client);
        try (client) {
            assertEquals(Outcome.MATCH, client.verify(HOLDER, options).outcome());
            assertEquals(List.of(Outcome.INCONCLUSIVE, Outcome.MATCH), List.copyOf(nested));
        }
    }
}
