package io.cardwire;

import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A refusal of the vendor for which its account is not asked for a while.
 *
 * @param scope the extent of the block
 * @param failure the kind of the vendor's refusal
 * @param vendorCode the vendor's code, or null where it gave none
 * @param size the number of cardholders and cards; 1 for an account
 * @param until when the last of them ends
 */
public record AccountBlock(
        BlockScope scope, Kind failure, @Nullable String vendorCode, int size, Instant until)
        implements Serializable {}
