package io.cardwire.testing;

import io.cardwire.Vendor;
import org.jspecify.annotations.Nullable;

/**
 * A request that the sandbox saw. It holds no value of a person and no secret.
 *
 * @param seq its number, from 1
 * @param vendor the vendor
 * @param operation what was asked for: {@code recognize}, {@code verify}, {@code token}, {@code ticket}, {@code
 *     fetch_order} or {@code other}
 * @param action the vendor's own name of the call where it has several, or null
 * @param outcome the vendor's code, {@code http:NNN}, or the fault that was played
 * @param status the HTTP status of the answer, 0 without one
 * @param executed whether the vendor did the work
 * @param billed whether the vendor bills it
 * @param orderNo the order number of the request, or null
 * @param requestId the request id of the answer, or null
 * @param scripted whether a script took part
 * @param ms milliseconds from the head of the request to the end of the answer
 */
public record LedgerEntry(
        long seq,
        Vendor vendor,
        String operation,
        @Nullable String action,
        String outcome,
        int status,
        boolean executed,
        boolean billed,
        @Nullable String orderNo,
        @Nullable String requestId,
        boolean scripted,
        long ms) {}
