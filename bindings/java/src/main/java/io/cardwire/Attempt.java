package io.cardwire;

import java.io.Serializable;
import java.time.Duration;

/**
 * One request sent, or meant to be sent, to a vendor on behalf of a call.
 *
 * @param vendor the vendor
 * @param account the entry's {@code name} in the configuration, or the vendor's name
 * @param failure null where the vendor gave a result, else the kind of its failure
 * @param vendorCode the vendor's code, or null where it gave none
 * @param sent whether this request reached the vendor
 * @param duration how long it took
 */
public record Attempt(
        Vendor vendor, String account, Kind failure, String vendorCode, Sent sent, Duration duration)
        implements Serializable {
    static Attempt read(Json json) {
        return new Attempt(
                json.vendor(),
                json.text("account"),
                json.failure(),
                json.text("vendor_code"),
                json.sent(),
                json.milliseconds("milliseconds"));
    }

    /**
     * How it ended.
     *
     * @return {@code ok}, or the name of the failure's kind
     */
    public String outcome() {
        return failure == null ? "ok" : failure.slug();
    }
}
