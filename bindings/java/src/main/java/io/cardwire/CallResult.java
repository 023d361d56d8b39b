package io.cardwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part that every result has: the facts of its call. */
public sealed interface CallResult permits Recognition, Verification, CardLookup, Order {
    /**
     * The facts of the call.
     *
     * @return vendor, order number, request id, {@code sent}, {@code billed} and the attempts
     */
    CallFacts facts();

    /**
     * The vendor's whole answer, byte for byte: personal data. The array is the result's own, so that it
     * can be wiped.
     *
     * @return the bytes
     */
    byte[] raw();

    /**
     * Everything as a JSON object, personal data and photos (as base64) included, with the field names
     * that every language uses.
     *
     * @return the JSON text
     */
    String toJson();

    /**
     * The vendor that answered.
     *
     * @return the vendor
     */
    default @Nullable Vendor vendor() {
        return facts().vendor();
    }

    /**
     * The entry's {@code name} in the configuration, or the vendor's name.
     *
     * @return the name
     */
    default @Nullable String account() {
        return facts().account();
    }

    /**
     * The order number: the caller's own, or one made by the library.
     *
     * @return the order number
     */
    default @Nullable String orderId() {
        return facts().orderId();
    }

    /**
     * The vendor's number for the request, to name when asking the vendor.
     *
     * @return the number, or null where the vendor gave none
     */
    default @Nullable String requestId() {
        return facts().requestId();
    }

    /**
     * The number that the gateway before the vendor gave the request, for its own support (Aliyun Cloud
     * Market).
     *
     * @return the number, or null where there is none
     */
    default @Nullable String gatewayRequestId() {
        return facts().gatewayRequestId();
    }

    /**
     * When the vendor says that it answered, as it writes it ({@code tencent_kyc}: {@code 20151022043831},
     * in China Standard Time).
     *
     * @return the vendor's text, or null where it does not say
     */
    default @Nullable String transactionTime() {
        return facts().transactionTime();
    }

    /**
     * The delivery of a complete request to the vendor.
     *
     * @return no, unknown or yes
     */
    default Sent sent() {
        return facts().sent();
    }

    /**
     * The bill of the call, as far as it is known.
     *
     * @return no, unknown or yes
     */
    default Billed billed() {
        return facts().billed();
    }

    /**
     * Each attempt made, oldest first.
     *
     * @return the attempts
     */
    default List<Attempt> attempts() {
        return facts().attempts();
    }
}
