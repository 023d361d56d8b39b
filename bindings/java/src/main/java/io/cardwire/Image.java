package io.cardwire;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A card photo: bytes, a file, or an address that the vendor downloads from.
 *
 * <p>Bytes are copied and a file is read when the call begins. An address is handed to the vendor as it is
 * (for {@code wechat} and {@code aliyun_bankocr}); the library never downloads it.
 */
public final class Image implements BatchInput<Image> {
    private final Request request;
    private final int length;

    private Image(Request request, int length) {
        this.request = request;
        this.length = length;
    }

    /**
     * Makes an image of a photo in memory: JPEG, PNG, BMP or WebP, as a camera or a scanner wrote it.
     *
     * @param bytes the photo; not copied before the call begins
     * @return the image
     */
    public static Image bytes(byte[] bytes) {
        return new Image(Request.photo(Objects.requireNonNull(bytes, "bytes")), bytes.length);
    }

    /**
     * Makes an image of a photo in a buffer, from its position to its limit. Neither changes.
     *
     * @param buffer the photo; it is copied
     * @return the image
     */
    public static Image bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[Objects.requireNonNull(buffer, "buffer").remaining()];
        buffer.duplicate().get(bytes);
        return bytes(bytes);
    }

    /**
     * Makes an image of a photo in a stream, which is read to its end now and is not closed.
     *
     * @param stream the photo, at most 64 MiB
     * @return the image
     * @throws IOException where the stream cannot be read
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where nothing is left in it, or too much
     */
    public static Image read(InputStream stream) throws IOException {
        int limit = (int) Contract.limit("image_bytes");
        byte[] bytes = Objects.requireNonNull(stream, "stream").readNBytes(limit + 1);
        if (bytes.length == 0) {
            throw CardwireException.argument("image", "a stream with a photo", "one at its end");
        }
        if (bytes.length > limit) {
            throw CardwireException.argument("image", "at most " + limit + " bytes", "more");
        }
        return bytes(bytes);
    }

    /**
     * Makes an image of a photo in a file.
     *
     * @param path a path of the default file system
     * @return the image
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a path of another file system
     */
    public static Image path(Path path) {
        return new Image(Request.file(Text.path(path, "image")), -1);
    }

    /**
     * Makes an image of a photo at an {@code http} or {@code https} address that the vendor can reach, or in a {@code
     * data:} address, which is decoded here. A {@code file:} address is refused: give its {@link #path(Path)}.
     *
     * @param url the address
     * @return the image
     */
    public static Image url(URI url) {
        return url(Objects.requireNonNull(url, "url").toString());
    }

    /**
     * Makes an image of a photo at an {@code http} or {@code https} address that the vendor can reach, for addresses
     * that {@link URI} does not take.
     *
     * @param url the address, handed on as it is
     * @return the image
     */
    public static Image url(String url) {
        return new Image(Request.url(Objects.requireNonNull(url, "url")), -1);
    }

    Request request() {
        return request;
    }

    /** Shows neither the photo nor where it is. */
    @Override
    public String toString() {
        return length >= 0 ? "Image[" + length + " bytes]" : "Image[***]";
    }
}
