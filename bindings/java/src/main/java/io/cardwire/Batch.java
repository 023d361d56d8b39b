package io.cardwire;

import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

/**
 * The results of a batch, in the order in which they finish. Inputs are taken only as calls end, so any
 * number of them needs no more memory than those in flight. One thread takes the results. A batch that
 * nothing refers to is closed in time.
 *
 * <p>A null input gives an item with {@link Kind#INVALID_ARGUMENT}. An exception of the iterator of
 * inputs comes out of {@link #hasNext} and {@link #next}, and no further input is taken; the calls in flight
 * can still be taken. An interrupt of the thread that waits in {@link #next} gives {@link Kind#CANCELLED} and leaves
 * the interrupt flag set. It ends neither the batch nor its calls: those in flight, and the inputs that are left, are
 * taken by who clears the flag ({@link Thread#interrupted}) and goes on. {@link #close} ends them.
 *
 * @param <T> what a call of the batch gives
 */
public final class Batch<T> implements Iterator<BatchItem<T>>, Iterable<BatchItem<T>>, AutoCloseable {
    /** The library's answers to the question what comes next; 0 is its answer at the end. */
    private static final int INPUT = 1;

    private static final int RESULT = 2;

    /** The futures on which the threads that take results wait, by the numbers of their batches. */
    static final Registry<AtomicReference<CompletableFuture<Void>>> WAITING = new Registry<>();

    private final Client client;
    private final Class<T> type;
    private final String argument;
    private final Iterator<? extends BatchInput<?>> inputs;
    private final Handle handle;
    private final AtomicReference<CompletableFuture<Void>> waiting = new AtomicReference<>(new CompletableFuture<>());

    /** Why the library began nothing, which is the error of every input. */
    private CardwireException notBegun;

    /** The inputs that have no result yet, by their numbers, where a script answers them. */
    private final Map<Long, NamedInput<?>> asked = new HashMap<>();

    private BatchItem<T> refused;
    private long inputCount;

    Batch(
            Client client,
            Class<T> type,
            String operation,
            String argument,
            Iterator<? extends BatchInput<?>> inputs,
            BatchOptions options) {
        this.inputs = Objects.requireNonNull(inputs, argument + "s");
        this.client = client;
        this.type = type;
        this.argument = argument;
        CallOptions call = Objects.requireNonNull(options, "options").call();
        ListenedCall listened = ListenedCall.of(client, call);
        NativeCancellation cancellation = new NativeCancellation(call.cancellation());
        long stop = cancellation.handle();
        long number = WAITING.add(waiting);
        LongConsumer free =
                open -> {
                    CApi.cardwire_batch_free(open);
                    WAITING.remove(number);
                    listened.end();
                    cancellation.free();
                };
        long[] batch = new long[1];
        try {
            // A script answers inputs in their order.
            Request.batch(operation, client.isScripted() ? 1 : options.concurrency())
                    .give(
                            client.handle(),
                            listened.options,
                            (open, text, textLen, photo, photoLen, error) ->
                                    CApi.cardwire_batch_start(
                                            open, text, textLen, stop, CApi.ON_READY_ADDRESS, number, batch, error));
        } catch (CardwireException e) {
            notBegun = e;
            free.accept(0);
        }
        handle = new Handle(this, "batch", batch[0], free);
    }

    /** The library's callback: a call of the batch has ended. */
    static void ready(long number) {
        AtomicReference<CompletableFuture<Void>> waiting = WAITING.get(number);
        if (waiting != null) {
            waiting.get().complete(null);
        }
    }

    /** Takes the next input, which is not there where the inputs are over or throw. */
    private void put() {
        BatchInput<?> input = null;
        boolean isThere = false;
        try {
            if (inputs.hasNext()) {
                input = inputs.next();
                isThere = true;
            }
        } finally {
            if (!isThere) {
                notBegun = null;
                CApi.cardwire_batch_end_inputs(handle.orZero(), 0);
            }
        }
        if (isThere) {
            begin(inputCount++, input);
        }
    }

    private void begin(long index, BatchInput<?> input) {
        CardwireException ofAll = notBegun;
        try {
            if (ofAll != null) {
                throw ofAll;
            }
            if (input == null) {
                throw CardwireException.argument(argument, "an input", "null");
            }
            NamedInput<?> named = NamedInput.of(input);
            Request.of(named.input()).give(handle, named.options(), CApi::cardwire_batch_put);
            if (client.isScripted()) {
                asked.put(index, named);
            }
        } catch (CardwireException e) {
            // A batch that was closed, or whose inputs were ended, while the input was made does not ask for it any more.
            if (ofAll != null || CApi.cardwire_batch_refuse(handle.orZero(), new long[1], 0) == 0) {
                refused = new BatchItem<>(index, null, e);
            }
        }
    }

    /** Puts in inputs as they are asked for; returns what comes next. */
    private int poll() {
        while (refused == null) {
            int next = notBegun == null ? CApi.cardwire_batch_next(handle.orZero(), 0) : INPUT;
            if (next == 0) {
                close();
            }
            if (next != INPUT) {
                return next;
            }
            put();
        }
        return RESULT;
    }

    /**
     * Starts as many calls as may be in flight.
     *
     * @return whether a result will come
     */
    @Override
    public boolean hasNext() {
        return poll() != 0;
    }

    /**
     * Waits for the next result.
     *
     * @return the result or error of one input
     * @throws CardwireException {@link Kind#CANCELLED} where the thread is interrupted. It is about no call of the
     *     batch: its {@code sent} and {@code billed} are unknown, and the items of the calls in flight say what is
     *     true of each
     * @throws NoSuchElementException where every result was taken, or the batch was closed
     */
    @Override
    public BatchItem<T> next() {
        try {
            while (true) {
                CompletableFuture<Void> ended = new CompletableFuture<>();
                waiting.set(ended);
                int next = poll();
                if (next == 0) {
                    throw new NoSuchElementException();
                }
                if (next == RESULT) {
                    return take();
                }
                // Not in the library, which sees no interrupt and would hold the carrier of a virtual thread.
                ended.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            // It waited for calls in flight, which go on.
            throw CardwireException.unknown(Kind.CANCELLED, "the thread was interrupted", null);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private BatchItem<T> take() {
        BatchItem<T> item = refused;
        refused = null;
        if (item != null) {
            return item;
        }
        long[] index = new long[1];
        long[] error = new long[1];
        long batch = handle.get();
        End end =
                End.told(
                        number ->
                                handle.check(
                                        CApi.cardwire_batch_take(batch, index, CApi.DONE_ADDRESS, number, error),
                                        error));
        try {
            return new BatchItem<>(index[0], result(end, index[0]), null);
        } catch (CardwireException e) {
            return new BatchItem<>(index[0], null, e);
        }
    }

    private T result(End end, long index) {
        NamedInput<?> named = asked.remove(index);
        return named == null
                ? end.result(client.handle(), type)
                : client.result(end, type, Request.of(named.input()), named.options());
    }

    /**
     * This batch itself, for a {@code for} loop.
     *
     * @return this
     */
    @Override
    public Iterator<BatchItem<T>> iterator() {
        return this;
    }

    /** Ends the calls in flight and takes no further input. Closing twice does nothing more. */
    @Override
    public void close() {
        notBegun = null;
        refused = null;
        handle.close();
        waiting.get().complete(null);
    }
}
