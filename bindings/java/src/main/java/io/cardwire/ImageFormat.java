package io.cardwire;

/** An image format, recognised by its first bytes. */
public enum ImageFormat implements NamedValue {
    /** JPEG. */
    JPEG,

    /** PNG. */
    PNG,

    /** Windows bitmap. */
    BMP,

    /** WebP. */
    WEBP
}
