package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class LifecycleTest {
    private static final Cardholder HOLDER = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);

    private final Sandbox sandbox = Sandbox.fresh();

    @Test
    void closeEndsCallsInFlight() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        Client client = sandbox.client("tencent_faceid");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Verification>> blocking = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            blocking.add(threads.submit(() -> client.verify(HOLDER)));
        }
        CompletableFuture<Verification> async = client.verifyAsync(HOLDER);
        sandbox.awaitRequests("tencent_faceid", 5);
        client.close();
        blocking.add(async);
        for (Future<Verification> call : blocking) {
            Throwable cause =
                    assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS)).getCause();
            CardwireException error = assertInstanceOf(CardwireException.class, cause);
            assertEquals(Kind.CANCELLED, error.kind());
            assertEquals(Sent.UNKNOWN, error.sent());
        }
        threads.shutdown();
    }

    @Test
    void closingTwiceIsFineAndCallsAfterItSaySo() {
        Client client = sandbox.client("tencent_faceid");
        assertEquals("Client[open]", client.toString());
        client.close();
        client.close();
        assertEquals("Client[closed]", client.toString());
        for (Callable<?> call :
                List.<Callable<?>>of(
                        () -> client.verify(HOLDER),
                        () -> client.lookupCard(Sandbox.CARD),
                        () -> client.fetchOrder("a1"),
                        () -> client.recognize(new byte[] {1}))) {
            CardwireException error = assertThrows(CardwireException.class, call::call);
            assertEquals(Kind.CLOSED, error.kind());
            assertEquals(41, error.code());
        }
        assertEquals(Kind.CLOSED, client.verifyMany(List.of(HOLDER)).next().error().kind());
    }

    @Test
    void callsThatRaceWithCloseEndInOneOfThreeWays() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        Set<Kind> kinds = ConcurrentHashMap.newKeySet();
        for (int round = 0; round < 100; round++) {
            Client client = sandbox.client("aliyun_yhkr");
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                calls.add(
                        threads.submit(
                                () -> {
                                    while (true) {
                                        try {
                                            client.verify(HOLDER);
                                        } catch (CardwireException e) {
                                            kinds.add(e.kind());
                                            return;
                                        }
                                    }
                                }));
            }
            Future<?> close = threads.submit(client::close);
            client.close();
            close.get(10, TimeUnit.SECONDS);
            for (Future<?> call : calls) {
                call.get(10, TimeUnit.SECONDS);
            }
        }
        threads.shutdown();
        assertTrue(EnumSet.of(Kind.CLOSED, Kind.CANCELLED).containsAll(kinds), kinds.toString());
    }

    @Test
    void noEventComesAfterClose() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicInteger late = new AtomicInteger();
        for (int i = 0; i < 50; i++) {
            closed.set(false);
            Client client =
                    Client.builder()
                            .config(sandbox.config())
                            .onEvent(event -> late.addAndGet(closed.get() ? 1 : 0))
                            .build();
            client.verifyAsync(HOLDER);
            client.verifyAsync(HOLDER, CallOptions.defaults().withVendor("aliyun_yhkr"));
            client.close();
            closed.set(true);
            Thread.sleep(1);
        }
        assertEquals(0, late.get());
    }

    @Test
    void aListenerMayCloseItsClient() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        CompletableFuture<Client> itself = new CompletableFuture<>();
        Client client =
                Client.builder()
                        .config(sandbox.config())
                        .onEvent(event -> itself.join().close())
                        .build();
        itself.complete(client);
        CardwireException error = assertThrows(CardwireException.class, () -> client.verify(HOLDER));
        assertEquals(Kind.CANCELLED, error.kind());
    }

    @Test
    void sixtyFourThreadsShareOneClient() throws Exception {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            ExecutorService threads = Executors.newFixedThreadPool(64);
            List<Future<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                futures.add(
                        threads.submit(
                                () -> {
                                    int matches = 0;
                                    for (int call = 0; call < 10; call++) {
                                        matches += client.verify(HOLDER).outcome() == Outcome.MATCH ? 1 : 0;
                                    }
                                    return matches;
                                }));
            }
            for (Future<Integer> future : futures) {
                assertEquals(10, future.get(60, TimeUnit.SECONDS));
            }
            threads.shutdown();
        }
        assertEquals(640, sandbox.counts("aliyun_yhkr").get("executed").getAsInt());
    }

    @Test
    void aThreadWithASmallStackMayCall() throws Exception {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
            Thread thread =
                    new Thread(null, () -> outcomes.add(client.verify(HOLDER).outcome()), "small", 192 * 1024);
            thread.start();
            assertEquals(Outcome.MATCH, outcomes.poll(20, TimeUnit.SECONDS));
            thread.join();
        }
    }

    @Test
    void callsInFlightNeedNoThreads() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = sandbox.client("tencent_faceid")) {
            client.verifyAsync(HOLDER);
            sandbox.awaitRequests("tencent_faceid", 1);
            int before = Thread.activeCount();
            List<CompletableFuture<Verification>> futures = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                futures.add(client.verifyAsync(HOLDER));
            }
            sandbox.awaitRequests("tencent_faceid", 101);
            assertTrue(Thread.activeCount() <= before + 2, before + " then " + Thread.activeCount());
            futures.forEach(future -> future.cancel(true));
        }
    }

    @Test
    void aForgottenClientIsClosedButNotBeforeItsCallsEnd() throws Exception {
        sandbox.script("aliyun_yhkr", "verify", 1, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":1500}}");
        Client client = sandbox.client("aliyun_yhkr");
        WeakReference<Client> forgotten = new WeakReference<>(client);
        CompletableFuture<Verification> call = client.verifyAsync(HOLDER);
        client = null;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertEquals(Outcome.MATCH, call.get(10, TimeUnit.SECONDS).outcome());
        for (int i = 0; i < 100 && forgotten.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertNull(forgotten.get());
    }
}
