package io.cardwire;

/** An image format, told by its first bytes. */
public enum ImageFormat {
    /** JPEG. */
    JPEG("jpeg"),

    /** PNG. */
    PNG("png"),

    /** Windows bitmap. */
    BMP("bmp");

    private final String slug;

    ImageFormat(String slug) {
        this.slug = slug;
    }

    /**
     * The stable name, in snake_case.
     *
     * @return the name, the same in every language
     */
    public String slug() {
        return slug;
    }
}
