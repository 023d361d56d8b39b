package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * A call that was answered from a {@link Script}.
 *
 * @param operation the operation
 * @param vendor the vendor that a client would have asked first, or null where none was chosen
 * @param account the entry's {@code name}, or the vendor's name; null where none was chosen
 * @param orderId the order number, the caller's own or one made by the library, or null where the call came to none
 * @param reference the caller's own name for what was asked, or null
 * @param photo the photo, or null where its file or its address was given: personal data
 * @param image the path or the address of the photo, or null: personal data
 * @param cardholder the person to verify, or null: personal data
 * @param cardNumber the number that was looked up, or null: personal data
 */
public record ScriptedCall(
        Operation operation,
        @Nullable Vendor vendor,
        @Nullable String account,
        @Nullable String orderId,
        @Nullable String reference,
        byte @Nullable [] photo,
        @Nullable String image,
        @Nullable Cardholder cardholder,
        @Nullable String cardNumber) {
    /** Shows no personal data. */
    @Override
    public String toString() {
        return "ScriptedCall[operation=%s, vendor=%s, account=%s, orderId=%s, reference=%s]"
                .formatted(operation, vendor, account, orderId, Text.hidden(reference));
    }
}
