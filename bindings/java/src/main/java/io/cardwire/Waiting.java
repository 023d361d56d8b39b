package io.cardwire;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Reference;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * A call that runs on the thread that waits for it. It is a channel because the JVM tells nobody else of an
 * interrupt of a thread that is in native code.
 */
final class Waiting extends AbstractInterruptibleChannel implements ForkJoinPool.ManagedBlocker {
    /** {@code Thread.isVirtual}, which JDKs have from 21 on. */
    private static final MethodHandle IS_VIRTUAL = isVirtual();

    private final Client client;
    private final Request request;
    private final CallOptions options;
    private final NativeCancellation cancellation;
    private End end;

    private Waiting(Client client, Request request, CallOptions options) {
        this.client = client;
        this.request = request;
        this.options = options;
        cancellation = new NativeCancellation(options.cancellation());
    }

    private static MethodHandle isVirtual() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /**
     * Returns whether a call may run on this thread. It may not on a virtual one, whose carrier would be held; and
     * not for a client with a listener, which runs on the library's threads.
     */
    static boolean runsHere(Client client) {
        if (client.hasListener()) {
            return false;
        }
        try {
            return IS_VIRTUAL == null || !(boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            return false;
        }
    }

    static <T> T call(Client client, Class<T> type, CallOptions options, Request request) {
        Waiting waiting = new Waiting(client, request, options);
        Script.Turn<T> turn = client.turn(type);
        try {
            waiting.begin();
            try {
                waiting.runInPool();
            } finally {
                waiting.finish();
            }
        } finally {
            waiting.cancellation.free();
            if (turn != null && waiting.end == null) {
                turn.leave();
            }
            Reference.reachabilityFence(client);
        }
        if (turn == null) {
            return client.result(waiting.end, type, request, options);
        }
        turn.end(() -> waiting.end.result(client.handle(), type), request, options);
        return turn.answer();
    }

    /** A pool of tasks is told that one of its threads waits, so that it can use another. */
    private void runInPool() {
        if (!(Thread.currentThread() instanceof ForkJoinWorkerThread)) {
            block();
            return;
        }
        try {
            ForkJoinPool.managedBlock(this);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean block() {
        long stop = cancellation.handle();
        end =
                End.told(
                        number ->
                                request.give(
                                        client.handle(),
                                        options,
                                        (open, text, textLen, photo, photoLen, error) -> {
                                            CApi.cardwire_call_run(
                                                    open, text, textLen, photo, photoLen, stop, CApi.DONE_ADDRESS, number);
                                            return 0;
                                        }));
        return true;
    }

    @Override
    public boolean isReleasable() {
        return end != null;
    }

    private void finish() {
        try {
            end(true);
        } catch (AsynchronousCloseException e) {
            // The thread was interrupted: what came of the call says its result or its error.
        }
    }

    @Override
    protected void implCloseChannel() {
        cancellation.cancel();
    }
}
