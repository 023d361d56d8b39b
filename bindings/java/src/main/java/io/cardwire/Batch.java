package io.cardwire;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;

/**
 * The results of a batch, in the order in which they finish. Inputs are taken only as calls end, so any
 * number of them needs no more memory than those in flight. One thread takes the results.
 *
 * <p>A null input gives an item with {@link Kind#INVALID_ARGUMENT}. What the iterator of inputs throws
 * comes out of {@link #hasNext} and {@link #next}, and no further input is taken; the calls in flight can
 * still be taken. An interrupt of the thread that waits in {@link #next} closes the batch, leaves the
 * interrupt flag set and gives {@link Kind#CANCELLED}.
 *
 * @param <T> what a call of the batch gives
 */
public final class Batch<T> implements Iterator<BatchItem<T>>, Iterable<BatchItem<T>>, AutoCloseable {
    private final LinkedBlockingQueue<BatchItem<T>> finished = new LinkedBlockingQueue<>();
    private final Set<CompletableFuture<T>> inFlight = ConcurrentHashMap.newKeySet();
    private final int concurrency;
    private final Cancellation cancellation;
    private final BooleanSupplier startNext;
    private long nextIndex;
    private int notTaken;
    private boolean exhausted;

    <I> Batch(
            Iterator<? extends BatchInput<I>> inputs,
            String argument,
            BatchOptions options,
            BiFunction<I, CallOptions, CompletableFuture<T>> call) {
        Objects.requireNonNull(inputs, argument + "s");
        concurrency = Objects.requireNonNull(options, "options").concurrency();
        cancellation = options.call().cancellation();
        startNext =
                () -> {
                    if (!inputs.hasNext()) {
                        return false;
                    }
                    BatchInput<I> next = inputs.next();
                    if (next == null) {
                        start(
                                CompletableFuture.failedFuture(
                                        CardwireException.argument(argument, "an input", "null")));
                        return true;
                    }
                    NamedInput<I> input = NamedInput.of(next);
                    start(call.apply(input.input(), input.options(options.call())));
                    return true;
                };
    }

    private void start(CompletableFuture<T> future) {
        long index = nextIndex++;
        notTaken++;
        inFlight.add(future);
        future.whenComplete(
                (result, error) -> {
                    inFlight.remove(future);
                    finished.add(new BatchItem<>(index, result, error == null ? null : reason(error)));
                });
    }

    private static CardwireException reason(Throwable error) {
        if (error instanceof CardwireException known) {
            return known;
        }
        CardwireException unknown = CardwireException.of(Kind.INTERNAL, error.getClass().getName());
        unknown.initCause(error);
        return unknown;
    }

    private void fill() {
        while (!exhausted && notTaken < concurrency) {
            exhausted = true;
            if ((cancellation != null && cancellation.isCancelled()) || !startNext.getAsBoolean()) {
                return;
            }
            exhausted = false;
        }
    }

    /**
     * Starts as many calls as may be in flight.
     *
     * @return whether a result will come
     */
    @Override
    public boolean hasNext() {
        fill();
        return notTaken > 0;
    }

    /**
     * Waits for the next result.
     *
     * @return the result or error of one input
     * @throws CardwireException {@link Kind#CANCELLED} where the thread is interrupted
     * @throws NoSuchElementException where every result was taken, or the batch was closed
     */
    @Override
    public BatchItem<T> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Taker taker = new Taker();
        try {
            // A thread of the pool that reads results may wait here without holding them up.
            ForkJoinPool.managedBlock(taker);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw CardwireException.of(Kind.CANCELLED, "the thread was interrupted");
        }
        notTaken--;
        return taker.item;
    }

    private final class Taker implements ForkJoinPool.ManagedBlocker {
        private BatchItem<T> item;

        @Override
        public boolean block() throws InterruptedException {
            if (item == null) {
                item = finished.take();
            }
            return true;
        }

        @Override
        public boolean isReleasable() {
            if (item == null) {
                item = finished.poll();
            }
            return item != null;
        }
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
        exhausted = true;
        notTaken = 0;
        inFlight.forEach(future -> future.cancel(true));
    }
}
