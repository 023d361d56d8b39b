package io.cardwire;

import java.lang.ref.Reference;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/** A call in flight. The library knows it by its number. */
final class Call<T> {
    /** How a result of a type is taken over from the library, and how one that nobody wants is freed. */
    record Type<T>(LongFunction<T> take, LongConsumer free) {}

    static final Type<Recognition> RECOGNITION =
            new Type<>(Recognition::take, CApi::cardwire_recognition_free);
    static final Type<Verification> VERIFICATION =
            new Type<>(Verification::take, CApi::cardwire_verification_free);
    static final Type<CardLookup> CARD_LOOKUP = new Type<>(CardLookup::take, CApi::cardwire_card_lookup_free);
    static final Type<Order> ORDER = new Type<>(Order::take, CApi::cardwire_order_free);

    /** Calls in flight, by number. It also keeps their clients from being collected. */
    private static final Map<Long, Call<?>> RUNNING = new ConcurrentHashMap<>();

    private static final AtomicLong NEXT = new AtomicLong(1);

    final CompletableFuture<T> future = new CompletableFuture<>();

    private final long number = NEXT.getAndIncrement();
    private final Client client;
    private final Type<T> type;
    private final Executor executor;

    /** Held by the thread that begins the call, and until the call ends. */
    private final Lease lease;

    /** {@code executor} takes the result over from the library's thread, which is needed for other calls. */
    private Call(Client client, Type<T> type, CallOptions options, Executor executor) {
        this.client = client;
        this.type = type;
        this.executor = executor;
        lease = client.lease(options, 2);
    }

    /** How many calls the library has not ended. */
    static int running() {
        return RUNNING.size();
    }

    /** Begins the call; what keeps it from beginning becomes its result. */
    private void start(CallOptions options, Request request) {
        Slot slot = lease.slot;
        long own = 0;
        RUNNING.put(number, this);
        try {
            lease.begin();
            own = options.open(slot);
            if (request.start(client.handle().get(), own, number, slot) != 0) {
                throw client.handle().refusal(slot.failure());
            }
        } catch (RuntimeException | Error e) {
            end();
            future.completeExceptionally(e);
            return;
        } finally {
            CallOptions.close(own, slot);
            slot.clear();
            lease.giveBack();
        }
        // Whoever completes the future first, by cancel or orTimeout, ends the call.
        future.whenComplete((result, failure) -> lease.cancel());
    }

    /** Begins a call; its result is read on the executor. */
    static <T> CompletableFuture<T> async(
            Client client, Type<T> type, CallOptions options, Executor executor, Request request) {
        Objects.requireNonNull(options, "options");
        Call<T> call = new Call<>(client, type, options, executor);
        call.start(options, request);
        Reference.reachabilityFence(client);
        return call.future;
    }

    /** Waits without the library's thread or a pool's: the result is read on this one. */
    static <T> T blocking(Client client, Type<T> type, CallOptions options, Request request) {
        Objects.requireNonNull(options, "options");
        if (Waiting.runsHere(client)) {
            return Waiting.call(client, type, options, request);
        }
        CompletableFuture<Runnable> handover = new CompletableFuture<>();
        Call<T> call = new Call<>(client, type, options, handover::complete);
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            call.lease.cancel();
        }
        call.start(options, request);
        while (!call.future.isDone()) {
            try {
                handover.get().run();
            } catch (InterruptedException e) {
                interrupted = true;
                call.lease.cancel();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        Reference.reachabilityFence(client);
        try {
            return call.future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The library's callback, on the library's thread: nothing may be thrown into it. */
    static void done(long result, long error, long number) {
        try {
            Call<?> call = RUNNING.get(number);
            if (call != null) {
                call.deliver(result, error);
            }
        } catch (Throwable e) {
            // There is nobody left to tell: the future was completed or the JVM has no memory.
        }
    }

    private void deliver(long result, long error) {
        end();
        try {
            executor.execute(() -> finish(result, error));
        } catch (RuntimeException | Error e) {
            // An executor that was shut down does not lose a result that may have been billed.
            finish(result, error);
        }
    }

    private void end() {
        RUNNING.remove(number);
        lease.end();
    }

    private void finish(long result, long error) {
        try {
            if (result == 0) {
                future.completeExceptionally(CardwireException.take(error));
            } else if (future.isDone()) {
                type.free().accept(result);
            } else {
                future.complete(type.take().apply(result));
            }
        } catch (Throwable e) {
            future.completeExceptionally(e);
        }
    }
}
