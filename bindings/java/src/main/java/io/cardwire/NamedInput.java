package io.cardwire;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An input of a batch with the order number and the reference of its call. */
record NamedInput<I>(I input, @Nullable String orderId, @Nullable String reference) implements BatchInput<I> {
    static <I> NamedInput<I> of(BatchInput<I> input) {
        if (input instanceof NamedInput<I> named) {
            return named;
        }
        // The other inputs there are say that they are inputs of themselves.
        @SuppressWarnings("unchecked")
        I itself = (I) input;
        return new NamedInput<>(itself, null, null);
    }

    NamedInput<I> orderId(String orderId) {
        return new NamedInput<>(input, Objects.requireNonNull(orderId, "orderId"), reference);
    }

    NamedInput<I> reference(String reference) {
        return new NamedInput<>(input, orderId, Objects.requireNonNull(reference, "reference"));
    }

    /** Returns the options that are its call's own. */
    CallOptions options() {
        return CallOptions.defaults().withNames(orderId, reference);
    }

    /** Shows no reference: photos are named after people. */
    @Override
    public String toString() {
        return "BatchInput[" + input + ", orderId=" + orderId + ", reference=" + Text.hidden(reference) + "]";
    }
}
