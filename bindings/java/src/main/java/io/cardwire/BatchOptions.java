package io.cardwire;

import java.util.Objects;

/**
 * How a batch is worked through.
 *
 * @param concurrency the most calls in flight at once, at least 1
 * @param call what every call of the batch wants; an order number or a reference in it is left out: those are
 *     of each {@link BatchInput}
 */
public record BatchOptions(int concurrency, CallOptions call) {
    private static final BatchOptions DEFAULTS = new BatchOptions(16, CallOptions.defaults());

    /**
     * Options of a batch.
     *
     * @param concurrency the most calls in flight at once, at least 1
     * @param call what every call of the batch wants; an order number or a reference in it is left out: those are
     *     of each {@link BatchInput}
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a concurrency below 1
     */
    public BatchOptions {
        if (concurrency < 1) {
            throw CardwireException.of(Kind.INVALID_ARGUMENT, "concurrency", "concurrency: it is below 1");
        }
        call = Objects.requireNonNull(call, "call").withNames(null, null);
    }

    /**
     * 16 calls in flight, each with the configuration's own ways.
     *
     * @return the options
     */
    public static BatchOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The same with another number of calls in flight.
     *
     * @param concurrency the most calls in flight at once, at least 1
     * @return new options
     */
    public BatchOptions withConcurrency(int concurrency) {
        return new BatchOptions(concurrency, call);
    }

    /**
     * The same with other options for every call.
     *
     * @param call what every call of the batch wants
     * @return new options
     */
    public BatchOptions withCall(CallOptions call) {
        return new BatchOptions(concurrency, call);
    }
}
