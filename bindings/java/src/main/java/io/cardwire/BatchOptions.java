package io.cardwire;

import java.util.Objects;

/**
 * The options of a batch.
 *
 * @param concurrency the most calls in flight at once, at least 1
 * @param call the options of each call; an order number or a reference in them is left out: those are of each {@link
 *     BatchInput}
 */
public record BatchOptions(int concurrency, CallOptions call) {
    /**
     * Makes the options of a batch.
     *
     * @param concurrency the most calls in flight at once, at least 1
     * @param call the options of each call; an order number or a reference in them is left out: those are of each
     *     {@link BatchInput}
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a concurrency below 1
     */
    public BatchOptions {
        if (concurrency < 1) {
            throw CardwireException.argument("concurrency", "at least 1", concurrency);
        }
        call = Objects.requireNonNull(call, "call").withNames(null, null);
    }

    /** {@return options with 16 calls in flight, each of which changes nothing} */
    public static BatchOptions defaults() {
        return new BatchOptions((int) Contract.limit("concurrency"), CallOptions.defaults());
    }

    /**
     * Sets the number of calls in flight.
     *
     * @param concurrency the most calls in flight at once, at least 1
     * @return new options
     */
    public BatchOptions withConcurrency(int concurrency) {
        return new BatchOptions(concurrency, call);
    }

    /**
     * Sets the options of each call.
     *
     * @param call the options
     * @return new options
     */
    public BatchOptions withCall(CallOptions call) {
        return new BatchOptions(concurrency, call);
    }
}
