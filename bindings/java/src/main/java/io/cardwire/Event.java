package io.cardwire;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An act of a client. It holds no personal datum and no secret, so it may be logged. */
public sealed interface Event {
    /** {@return the vendor} */
    Vendor vendor();

    /** {@return the entry's {@code name} in the configuration, or the vendor's name} */
    String account();

    /**
     * The beginning of a request to a vendor.
     *
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param operation what is asked
     * @param orderId the order number of the call
     * @param attempt counts the attempts of a call from 1
     */
    record AttemptStarted(Vendor vendor, String account, Operation operation, String orderId, int attempt)
            implements Event {}

    /**
     * The end of a request to a vendor.
     *
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param operation what was asked
     * @param orderId the order number of the call
     * @param attempt counts the attempts of a call from 1
     * @param failure null where the vendor gave a result, else the kind of its failure
     * @param vendorCode the vendor's code, or null where it gave none
     * @param sent whether the request reached the vendor
     * @param duration how long it took
     */
    record AttemptEnded(
            Vendor vendor,
            String account,
            Operation operation,
            String orderId,
            int attempt,
            @Nullable Kind failure,
            @Nullable String vendorCode,
            Sent sent,
            Duration duration)
            implements Event {}

    /**
     * The end of an attempt to fetch a token.
     *
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param failure null where there is a new token, else the kind of the failure
     * @param duration how long it took
     */
    record TokenRefreshed(Vendor vendor, String account, @Nullable Kind failure, Duration duration) implements Event {}

    /**
     * An entry of the journal about what comes next for an order.
     *
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param orderId the order number
     * @param state {@code intent} before the first byte of the request leaves, {@code released} before the
     *     last byte leaves, {@code done} when something came of it
     */
    record OrderWritten(Vendor vendor, String account, String orderId, String state) implements Event {}
}
