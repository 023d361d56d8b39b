package io.cardwire;

import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of one account in this process. There is no personal datum and no secret in it.
 *
 * @param account the entry's {@code name} in the configuration, or the vendor's name
 * @param vendor the vendor
 * @param breaker the state of its breaker; closed too where the configuration turns it off
 * @param breakerUntil until when the breaker lets no request through, or null where it is not open
 * @param blocks the refusals for which it is not asked for a while
 * @param quotaLeft the units of its daily quota that are left, as far as this process counts them, or null
 *     without a quota
 * @param quotaLimit the units of a day, or null without a quota
 * @param requestsPerSecond the requests that it is sent in a second at the most, or null where nothing holds
 *     them back
 * @param inFlight the requests that are being sent or answered
 * @param tokenSince since when this process has its token, or null without one
 * @param tokenUntil when its token is dead, or null without one
 */
public record AccountHealth(
        String account,
        Vendor vendor,
        BreakerState breaker,
        @Nullable Instant breakerUntil,
        List<AccountBlock> blocks,
        @Nullable Integer quotaLeft,
        @Nullable Integer quotaLimit,
        @Nullable Double requestsPerSecond,
        int inFlight,
        @Nullable Instant tokenSince,
        @Nullable Instant tokenUntil)
        implements Serializable {}
