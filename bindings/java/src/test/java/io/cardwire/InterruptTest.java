package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InterruptTest {
    private static final Cardholder HOLDER = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);

    private final Sandbox sandbox = Sandbox.fresh();

    private record Seen(CardwireException error, boolean flag) {}

    private void interrupted(Function<Runnable, Thread> threads) throws Exception {
        interrupted(threads, sandbox.client("tencent_faceid"));
    }

    private void interrupted(Function<Runnable, Thread> threads, Client given) throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        try (Client client = given) {
            BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
            Thread thread =
                    threads.apply(
                            () -> {
                                try {
                                    client.verify(HOLDER);
                                } catch (CardwireException e) {
                                    seen.add(new Seen(e, Thread.currentThread().isInterrupted()));
                                }
                            });
            thread.start();
            sandbox.awaitRequests("tencent_faceid", 1);
            thread.interrupt();
            Seen end = seen.poll(5, TimeUnit.SECONDS);
            assertEquals(Kind.CANCELLED, end.error().kind());
            assertTrue(end.flag(), "the flag is set again");
            assertEquals(Sent.UNKNOWN, end.error().sent());
            assertTrue(end.error().orderId() != null, "the order number is not lost");
            thread.join();
            Sandbox.fresh();
            CallOptions options = CallOptions.defaults().withVendor(Vendor.TENCENT_FACEID);
            assertEquals(Outcome.MATCH, client.verify(HOLDER, options).outcome(), "the next call goes on");
        }
    }

    @Test
    void interruptEndsABlockingCall() throws Exception {
        interrupted(Thread::new);
    }

    @Test
    void interruptEndsABlockingCallOfAClientWithAListener() throws Exception {
        interrupted(Thread::new, Client.builder().config(sandbox.config()).onEvent(event -> {}).build());
    }

    @Test
    void aLateCancelEndsNobodyElsesCall() throws Exception {
        Cancellation cancellation = new Cancellation();
        CallOptions options = CallOptions.defaults().withCancellation(cancellation);
        try (Client client = sandbox.client("aliyun_yhkr")) {
            assertEquals(Outcome.MATCH, client.verify(HOLDER, options).outcome());
            sandbox.script("aliyun_yhkr", "verify", 1, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":500}}");
            BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
            Thread thread = new Thread(() -> outcomes.add(client.verify(HOLDER).outcome()));
            thread.start();
            sandbox.awaitRequests("aliyun_yhkr", 2);
            cancellation.cancel();
            assertEquals(Outcome.MATCH, outcomes.poll(10, TimeUnit.SECONDS));
            thread.join();
            CardwireException error =
                    assertThrows(CardwireException.class, () -> client.verify(HOLDER, options));
            assertEquals(Kind.CANCELLED, error.kind());
            assertEquals(Sent.NO, error.sent());
        }
    }

    @Test
    void aPoolOfTasksUsesAnotherThreadMeanwhile() throws Exception {
        sandbox.silence("tencent_faceid", "verify");
        ForkJoinPool pool = new ForkJoinPool(1);
        Cancellation cancellation = new Cancellation();
        try (Client client = sandbox.client("tencent_faceid")) {
            CallOptions options = CallOptions.defaults().withCancellation(cancellation);
            Future<Verification> call = pool.submit(() -> client.verify(HOLDER, options));
            sandbox.awaitRequests("tencent_faceid", 1);
            assertEquals("ran", pool.submit(() -> "ran").get(5, TimeUnit.SECONDS));
            cancellation.cancel();
            Throwable end = assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS));
            while (!(end instanceof CardwireException)) {
                end = end.getCause();
            }
            assertEquals(Kind.CANCELLED, ((CardwireException) end).kind());
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void anInterruptedThreadSendsNothing() {
        try (Client client = sandbox.client("tencent_faceid")) {
            Thread.currentThread().interrupt();
            CardwireException error = assertThrows(CardwireException.class, () -> client.verify(HOLDER));
            assertEquals(Kind.CANCELLED, error.kind());
            assertEquals(Sent.NO, error.sent());
            assertTrue(Thread.interrupted());
            assertEquals(0, sandbox.connections());
            assertEquals(Outcome.MATCH, client.verify(HOLDER).outcome());
        }
    }

    /** Makes virtual threads where the JDK has them. */
    static Thread virtual(Runnable task) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (Thread)
                    Class.forName("java.lang.Thread$Builder")
                            .getMethod("unstarted", Runnable.class)
                            .invoke(builder, task);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    @Test
    void virtualThreadsCallAndAreInterrupted() throws Exception {
        assumeTrue(virtual(() -> {}) != null, "this JDK has no virtual threads");
        interrupted(InterruptTest::virtual);
        Sandbox.fresh();
        sandbox.script("aliyun_yhkr", "verify", 0, "{\"fault\":{\"kind\":\"delay_ms\",\"n\":500}}");
        try (Client client = sandbox.client("aliyun_yhkr")) {
            BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
            List<Thread> threads = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                Thread thread = virtual(() -> outcomes.add(client.verify(HOLDER).outcome()));
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(100, outcomes.stream().filter(Outcome.MATCH::equals).count());
            long milliseconds = (System.nanoTime() - start) / 1_000_000;
            // Pinned to its carriers, a call would hold one for half a second: 100 on a few cores take long.
            assertTrue(milliseconds < 6000, milliseconds + " ms");
        }
    }
}
