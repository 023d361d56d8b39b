package io.cardwire;

import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One order as the journal held it when it was read. There is no personal datum and no secret in it. An
 * {@link Order} is what a vendor keeps under an order number.
 *
 * @param orderId the order number
 * @param reference the caller's own name for what was asked, or null where it gave none
 * @param vendor the vendor that was asked
 * @param account the entry's {@code name} in the configuration, or the vendor's name
 * @param operation what was asked
 * @param status what is known of it
 * @param sends how many requests it took
 * @param created when it was first written
 * @param changed when it was last written
 * @param sent whether a complete request reached the vendor
 * @param billed whether the vendor bills it
 * @param outcome {@code ok}, or the slug of the failure's kind; null while nothing came of it
 * @param vendorCode the vendor's code, or null where it gave none
 * @param requestId the vendor's number for the request, or null
 * @param httpStatus the HTTP status of the answer, or null where there was none
 * @param late whether the answer came after the caller had gone
 * @param reconciled when somebody settled it with the vendor, or null
 * @param note what they noted, or null
 * @param toJson the record as a JSON object, as every language has it
 */
public record OrderRecord(
        String orderId,
        @Nullable String reference,
        @Nullable Vendor vendor,
        String account,
        @Nullable Operation operation,
        OrderStatus status,
        int sends,
        Instant created,
        Instant changed,
        Sent sent,
        Billed billed,
        @Nullable String outcome,
        @Nullable String vendorCode,
        @Nullable String requestId,
        @Nullable Integer httpStatus,
        boolean late,
        @Nullable Instant reconciled,
        @Nullable String note,
        String toJson)
        implements Serializable {}
