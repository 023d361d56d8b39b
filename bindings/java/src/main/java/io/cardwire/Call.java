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
import java.util.function.LongUnaryOperator;

/** A call in flight. The library knows it by its number. */
final class Call<T> {
    /** How a result of a type is read and freed. */
    record Type<T>(
            LongUnaryOperator json,
            LongUnaryOperator jsonLength,
            LongUnaryOperator raw,
            LongUnaryOperator rawLength,
            LongConsumer free,
            Reader<T> reader) {
        T take(long result) {
            try {
                String text = CApi.text(json.applyAsLong(result), jsonLength.applyAsLong(result));
                byte[] bytes = CApi.bytes(raw.applyAsLong(result), rawLength.applyAsLong(result));
                return reader.read(Json.parse(text), bytes, text);
            } finally {
                free.accept(result);
            }
        }
    }

    @FunctionalInterface
    interface Reader<T> {
        T read(Json json, byte[] raw, String text);
    }

    /** One of the library's functions that return at once. */
    @FunctionalInterface
    interface Start {
        int start(long client, long options, long call, long[] error);
    }

    static final Type<Recognition> RECOGNITION =
            new Type<>(
                    CApi::cardwire_recognition_json,
                    CApi::cardwire_recognition_json_len,
                    CApi::cardwire_recognition_raw,
                    CApi::cardwire_recognition_raw_len,
                    CApi::cardwire_recognition_free,
                    Recognition::read);
    static final Type<Verification> VERIFICATION =
            new Type<>(
                    CApi::cardwire_verification_json,
                    CApi::cardwire_verification_json_len,
                    CApi::cardwire_verification_raw,
                    CApi::cardwire_verification_raw_len,
                    CApi::cardwire_verification_free,
                    Verification::read);
    static final Type<CardLookup> CARD_LOOKUP =
            new Type<>(
                    CApi::cardwire_card_lookup_json,
                    CApi::cardwire_card_lookup_json_len,
                    CApi::cardwire_card_lookup_raw,
                    CApi::cardwire_card_lookup_raw_len,
                    CApi::cardwire_card_lookup_free,
                    CardLookup::read);
    static final Type<Order> ORDER =
            new Type<>(
                    CApi::cardwire_order_json,
                    CApi::cardwire_order_json_len,
                    CApi::cardwire_order_raw,
                    CApi::cardwire_order_raw_len,
                    CApi::cardwire_order_free,
                    Order::read);

    /** Calls in flight, by number. It also keeps their clients from being collected. */
    private static final Map<Long, Call<?>> RUNNING = new ConcurrentHashMap<>();

    private static final AtomicLong NEXT = new AtomicLong(1);

    final CompletableFuture<T> future = new CompletableFuture<>();

    private final long number = NEXT.getAndIncrement();
    private final Client client;
    private final Type<T> type;
    private final Cancellation external;
    private final Executor executor;
    private final long cancellation;
    private volatile boolean ended;

    /** {@code executor} takes the result over from the library's thread, which is needed for other calls. */
    Call(Client client, Type<T> type, Cancellation external, Executor executor) {
        this.client = client;
        this.type = type;
        this.external = external;
        this.executor = executor;
        long[] error = new long[1];
        long[] made = new long[1];
        CallOptions.check(CApi.cardwire_cancellation_new(made, error), error);
        cancellation = made[0];
    }

    /** How many calls the library has not ended. */
    static int running() {
        return RUNNING.size();
    }

    /** Begins the call; what keeps it from beginning becomes its result. */
    void start(CallOptions options, Start start) {
        long[] error = new long[1];
        RUNNING.put(number, this);
        if (external != null) {
            external.add(this);
        }
        try {
            long open = options.open(cancellation);
            try {
                int status = start.start(client.handle().get(), open, number, error);
                if (status != 0) {
                    throw client.handle().refusal(CardwireException.take(error[0]));
                }
            } finally {
                CApi.cardwire_options_free(open);
            }
        } catch (RuntimeException | Error e) {
            end();
            future.completeExceptionally(e);
            return;
        }
        // Whoever completes the future first, by cancel or orTimeout, ends the call.
        future.whenComplete((result, failure) -> cancel());
    }

    /** Begins a call; its result is read on the executor. */
    static <T> CompletableFuture<T> async(
            Client client, Type<T> type, CallOptions options, Executor executor, Start start) {
        Objects.requireNonNull(options, "options");
        Call<T> call = new Call<>(client, type, options.cancellation(), executor);
        call.start(options, start);
        Reference.reachabilityFence(client);
        return call.future;
    }

    /** Waits without the library's thread or a pool's: the result is read on this one. */
    static <T> T blocking(Client client, Type<T> type, CallOptions options, Start start) {
        Objects.requireNonNull(options, "options");
        CompletableFuture<Runnable> handover = new CompletableFuture<>();
        Call<T> call = new Call<>(client, type, options.cancellation(), handover::complete);
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            call.cancel();
        }
        call.start(options, start);
        while (!call.future.isDone()) {
            try {
                handover.get().run();
            } catch (InterruptedException e) {
                interrupted = true;
                call.cancel();
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

    /** Ends the call with {@link Kind#CANCELLED}, unless it has ended. */
    void cancel() {
        if (!ended) {
            long[] none = null;
            // A cancellation that was freed meanwhile is told from a live one.
            CApi.cardwire_cancellation_cancel(cancellation, none);
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
        ended = true;
        RUNNING.remove(number);
        CApi.cardwire_cancellation_free(cancellation);
        if (external != null) {
            external.remove(this);
        }
    }

    private void finish(long result, long error) {
        try {
            if (result == 0) {
                future.completeExceptionally(CardwireException.take(error));
            } else if (future.isDone()) {
                type.free.accept(result);
            } else {
                future.complete(type.take(result));
            }
        } catch (Throwable e) {
            future.completeExceptionally(e);
        }
    }
}
