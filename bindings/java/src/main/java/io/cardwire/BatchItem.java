package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * One result of a batch: {@code result} or {@code error}, the other one is null.
 *
 * @param <T> what a call of the batch gives
 * @param index which input it belongs to, from 0
 * @param result what the vendor said
 * @param error why there is no result
 */
public record BatchItem<T>(long index, @Nullable T result, @Nullable CardwireException error) {
    /**
     * Returns the result.
     *
     * @return the result
     * @throws CardwireException the error, where there is no result
     */
    public T orThrow() {
        if (error != null) {
            throw error;
        }
        return result;
    }
}
