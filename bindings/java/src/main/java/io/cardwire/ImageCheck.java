package io.cardwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The findings about an image, and which vendors take it.
 *
 * @param format the format, by the first bytes
 * @param width the width in pixels, as the header states it; 0 where it does not
 * @param height the height in pixels, as the header states it; 0 where it does not
 * @param bytes the size in bytes
 * @param look what a look at the photo showed, or null where its header alone was read
 * @param vendors each vendor that reads card photos, and whether it takes this one as it is; a call makes the
 *     photo fit where it can
 */
public record ImageCheck(
        ImageFormat format, int width, int height, int bytes, @Nullable PhotoLook look, List<VendorCheck> vendors) {
    /**
     * The judgement of one vendor about an image.
     *
     * @param vendor the vendor
     * @param accepted whether it takes the image
     * @param problem what it refuses, or null
     */
    public record VendorCheck(Vendor vendor, boolean accepted, @Nullable String problem) {}

    /**
     * Returns whether a vendor takes the image.
     *
     * @param vendor a vendor
     * @return false also for a vendor that reads no photos
     */
    public boolean accepts(Vendor vendor) {
        return vendors.stream().anyMatch(check -> check.vendor() == vendor && check.accepted());
    }
}
