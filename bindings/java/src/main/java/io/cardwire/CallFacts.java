package io.cardwire;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a call, whether it gave a result or an error. They hold no personal data.
 *
 * @param vendor the vendor that answered or was asked last; null when none was chosen
 * @param account the entry's {@code name} in the configuration, or the vendor's name; null when none was
 *     chosen
 * @param orderId the order number: the caller's own, or one made by the library; null where the call did
 *     not come that far. Keep it: it is how a vendor finds the call
 * @param requestId the vendor's number for the request, or null where it gave none
 * @param gatewayRequestId the number that the gateway before the vendor gave the request, or null where there
 *     is none
 * @param transactionTime when the vendor says that it answered, as it writes it, or null where it does not say
 * @param imageFitted what the photo became for the vendor that answered or was asked last, or null where it was
 *     sent as it came
 * @param sent whether a complete request reached the vendor
 * @param billed whether the vendor bills the call
 * @param attempts each attempt, oldest first
 */
public record CallFacts(
        @Nullable Vendor vendor,
        @Nullable String account,
        @Nullable String orderId,
        @Nullable String requestId,
        @Nullable String gatewayRequestId,
        @Nullable String transactionTime,
        @Nullable ImageFitted imageFitted,
        Sent sent,
        Billed billed,
        List<Attempt> attempts)
        implements Serializable {}
