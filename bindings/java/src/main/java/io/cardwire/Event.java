package io.cardwire;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An act of a client. It holds no personal datum and no secret, so it may be logged. */
public sealed interface Event {
    /** {@return its level in a log} */
    Level level();

    /** {@return the event as one line of a log} */
    String text();

    /** {@return the number of the call, which all its events have; no other call of the process has it} */
    long call();

    /** {@return the vendor, or null where the event is of none} */
    default @Nullable Vendor vendor() {
        return null;
    }

    /** {@return the entry's {@code name} in the configuration, or the vendor's name; null where there is no vendor} */
    default @Nullable String account() {
        return null;
    }

    /**
     * {@return the event's fields by their names in OpenTelemetry, such as {@code cardwire.order_id}: texts and whole
     * numbers, those that have no value left out}
     */
    default Map<String, Object> attributes() {
        return Telemetry.attributes(this);
    }

    /**
     * The beginning of a call.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param operation what is asked
     */
    record CallStarted(Level level, String text, long call, Operation operation)
            implements Event {}

    /**
     * The end of a call, before its caller is given the result or the error.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param operation what is asked
     * @param vendor the vendor that was asked last, or null where none was
     * @param account the entry's {@code name} in the configuration, or the vendor's name; null where there is no
     *     vendor
     * @param orderId the order number, or null where the caller's own was refused
     * @param failure null where there is a result, else the kind of the error
     * @param vendorCode the vendor's code, or null where it gave none
     * @param httpStatus the HTTP status of a refusal, or null
     * @param requestId the vendor's number for the request, or null
     * @param sent whether the request reached a vendor; of several attempts, the most that one came to
     * @param billed whether the call is billed; of several attempts, the most that one came to
     * @param attempts how many attempts it made
     * @param duration how long it took
     */
    record CallEnded(
            Level level,
            String text,
            long call,
            Operation operation,
            @Nullable Vendor vendor,
            @Nullable String account,
            @Nullable String orderId,
            @Nullable Kind failure,
            @Nullable String vendorCode,
            @Nullable Integer httpStatus,
            @Nullable String requestId,
            Sent sent,
            Billed billed,
            int attempts,
            Duration duration)
            implements Event {}

    /**
     * The beginning of a request to a vendor.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param operation what is asked
     * @param orderId the order number of the call
     * @param attempt counts the attempts of a call from 1
     * @param serverAddress the vendor's host, or null on this machine
     * @param serverPort the vendor's port, or null on this machine
     */
    record AttemptStarted(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            Operation operation,
            String orderId,
            int attempt,
            @Nullable String serverAddress,
            @Nullable Integer serverPort)
            implements Event {}

    /**
     * The end of a request to a vendor.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param operation what is asked
     * @param orderId the order number of the call
     * @param attempt counts the attempts of a call from 1
     * @param failure null where the vendor gave a result, else the kind of its failure
     * @param vendorCode the vendor's code, or null where it gave none
     * @param httpStatus the HTTP status of the answer, or null where there was none
     * @param requestId the vendor's number for the request, or null
     * @param gatewayRequestId the number that the gateway before the vendor gave the request, or null
     * @param sent whether the request reached the vendor
     * @param billed whether the vendor bills it
     * @param duration how long it took
     */
    record AttemptEnded(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            Operation operation,
            String orderId,
            int attempt,
            @Nullable Kind failure,
            @Nullable String vendorCode,
            @Nullable Integer httpStatus,
            @Nullable String requestId,
            @Nullable String gatewayRequestId,
            Sent sent,
            Billed billed,
            Duration duration)
            implements Event {}

    /**
     * The library's own refusal to send a request. The call may go on with another account, or after a wait.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param operation what is asked
     * @param vendor the vendor that was not asked, or null where none takes what the call asks
     * @param account the entry's {@code name} in the configuration, or the vendor's name; null where there is no
     *     vendor
     * @param orderId the order number, or null where the argument was refused before there was one
     * @param reason {@code pace}, {@code quota}, {@code breaker}, {@code account_blocked}, {@code
     *     parameters_blocked}, {@code store}, {@code photo}, {@code too_late}, {@code journal} or {@code
     *     credentials}; or {@code argument}, where no account takes what the call asks
     * @param failure the kind of the refusal
     */
    record RequestRefused(
            Level level,
            String text,
            long call,
            Operation operation,
            @Nullable Vendor vendor,
            @Nullable String account,
            @Nullable String orderId,
            String reason,
            Kind failure)
            implements Event {}

    /**
     * The end of a wait for a rate permit.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param operation what is asked
     * @param orderId the order number of the call
     * @param duration how long the request waited
     */
    record RatePermitWaited(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            Operation operation,
            String orderId,
            Duration duration)
            implements Event {}

    /**
     * The use of a unit of an account's daily quota. It comes back where the request is not sent.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param operation what is asked
     * @param orderId the order number of the call
     * @param quotaLeft the units of the day that are left, as far as this process counts them
     * @param quotaLimit the units of a day
     */
    record QuotaUnitTaken(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            Operation operation,
            String orderId,
            int quotaLeft,
            int quotaLimit)
            implements Event {}

    /**
     * A change of an account's breaker.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param breakerBefore its state before
     * @param breakerAfter its state from now on
     */
    record BreakerChanged(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            BreakerState breakerBefore,
            BreakerState breakerAfter)
            implements Event {}

    /**
     * The end of an attempt to fetch a token. The call is the one that began it; others may wait for the same.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param failure null where there is a new token, else the kind of the failure
     * @param duration how long it took
     */
    record TokenRefreshed(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            @Nullable Kind failure,
            Duration duration)
            implements Event {}

    /**
     * An entry of the journal about what comes next for an order.
     *
     * @param level its level in a log
     * @param text the event as one line of a log
     * @param call the number of the call, which all its events have; no other call of the process has it
     * @param vendor the vendor
     * @param account the entry's {@code name} in the configuration, or the vendor's name
     * @param orderId the order number
     * @param state {@code intent} before the first byte of the request leaves, {@code released} before the last
     *     byte leaves, {@code done} when something came of it
     */
    record OrderWritten(
            Level level,
            String text,
            long call,
            Vendor vendor,
            String account,
            String orderId,
            String state)
            implements Event {}
}
