package io.cardwire;

/**
 * One input of a batch: an {@link Image} or a {@link Cardholder}, as it is or with an order number and a
 * reference of its own. With a reference for each, and {@link CallOptions#withSkipAnswered}, a batch that was
 * cut off goes on where it was.
 *
 * @param <I> what the batch works on
 */
public sealed interface BatchInput<I> permits Image, Cardholder, NamedInput {
    /**
     * Returns this input with an order number for its call.
     *
     * @param orderId as in {@link CallOptions#withOrderId}
     * @return a new input of a batch
     */
    default BatchInput<I> withOrderId(String orderId) {
        return NamedInput.of(this).orderId(orderId);
    }

    /**
     * Returns this input with a reference for its call.
     *
     * @param reference as in {@link CallOptions#withReference}
     * @return a new input of a batch
     */
    default BatchInput<I> withReference(String reference) {
        return NamedInput.of(this).reference(reference);
    }
}
