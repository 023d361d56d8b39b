package io.cardwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The facts of a call, which a result and an error both have. */
public sealed interface CallReport permits CallResult, CardwireException {
    /**
     * {@return what is known about the call: vendor, order number, request id, {@code sent}, {@code billed} and the
     * attempts}
     */
    CallFacts facts();

    /** {@return the vendor that answered or was asked last, or null when none was chosen} */
    default @Nullable Vendor vendor() {
        return facts().vendor();
    }

    /**
     * {@return the entry's {@code name} in the configuration, or the vendor's name; null when no vendor was chosen}
     */
    default @Nullable String account() {
        return facts().account();
    }

    /**
     * {@return the order number, the caller's own or one made by the library; null where the call did not come that
     * far}
     */
    default @Nullable String orderId() {
        return facts().orderId();
    }

    /** {@return the vendor's number for the request, to name when asking the vendor, or null where it gave none} */
    default @Nullable String requestId() {
        return facts().requestId();
    }

    /**
     * {@return the number that the gateway before the vendor gave the request, for its own support (Aliyun Cloud
     * Market), or null where there is none}
     */
    default @Nullable String gatewayRequestId() {
        return facts().gatewayRequestId();
    }

    /**
     * {@return when the vendor says that it answered, as it writes it ({@code tencent_kyc}: {@code 20151022043831},
     * in China Standard Time), or null where it does not say}
     */
    default @Nullable String transactionTime() {
        return facts().transactionTime();
    }

    /** {@return what the photo became before it was sent, or null where it was sent as it came} */
    default @Nullable ImageFitted imageFitted() {
        return facts().imageFitted();
    }

    /** {@return whether a complete request reached the vendor: no, unknown or yes} */
    default Sent sent() {
        return facts().sent();
    }

    /** {@return whether the vendor bills the call: no, unknown or yes} */
    default Billed billed() {
        return facts().billed();
    }

    /** {@return each attempt made, oldest first} */
    default List<Attempt> attempts() {
        return facts().attempts();
    }
}
