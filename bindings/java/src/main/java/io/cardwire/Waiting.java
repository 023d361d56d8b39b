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
    private final long options;
    private final Lease lease;
    private int status = -1;

    private Waiting(Client client, Request request, long options, Lease lease) {
        this.client = client;
        this.request = request;
        this.options = options;
        this.lease = lease;
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
     * Whether a call may run on this thread. Not so on a virtual one, whose carrier would be held; and not
     * for a client with a listener, which runs on the library's threads.
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

    static <T> T call(Client client, Call.Type<T> type, CallOptions options, Request request) {
        Lease lease = client.lease(options, 1);
        long own = 0;
        long result;
        try {
            own = options.open(lease.slot);
            Waiting waiting = new Waiting(client, request, own, lease);
            lease.begin();
            waiting.begin();
            try {
                waiting.runInPool();
            } finally {
                waiting.leave();
            }
            if (waiting.status != 0) {
                throw client.handle().refusal(lease.slot.failure());
            }
            result = lease.slot.given();
        } finally {
            CallOptions.close(own, lease.slot);
            lease.slot.clear();
            lease.end();
            Reference.reachabilityFence(client);
        }
        return type.take().apply(result);
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
        status = request.run(client.handle().get(), options, lease.slot);
        return true;
    }

    @Override
    public boolean isReleasable() {
        return status >= 0;
    }

    private void leave() {
        try {
            end(true);
        } catch (AsynchronousCloseException e) {
            // The thread was interrupted: what came of the call says its result or its error.
        }
    }

    @Override
    protected void implCloseChannel() {
        lease.cancel();
    }
}
