package io.cardwire;

import java.io.Serializable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request sent, or meant to be sent, to a vendor on behalf of a call.
 *
 * @param vendor the vendor
 * @param account the entry's {@code name} in the configuration, or the vendor's name
 * @param failure null where the vendor gave a result, else the kind of its failure
 * @param vendorCode the vendor's code, or null where it gave none
 * @param orderId the order number it was sent under: the next account is asked under a new one, after
 *     {@code offline} under the same
 * @param sent whether this request reached the vendor
 * @param billed whether the vendor bills this request
 * @param duration how long it took
 */
public record Attempt(
        Vendor vendor,
        String account,
        @Nullable Kind failure,
        @Nullable String vendorCode,
        String orderId,
        Sent sent,
        Billed billed,
        Duration duration)
        implements Serializable {
    /** {@return how it ended: {@code ok}, or the name of the failure's kind} */
    public String outcome() {
        return failure == null ? "ok" : failure.slug();
    }
}
