package io.cardwire;

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
public final class Image {
    /** Begins a recognition with the bytes that an image comes down to. */
    @FunctionalInterface
    private interface Start {
        int start(long client, byte[] image, long length, long options, long callback, long call, long[] error);
    }

    private final Start start;
    private final byte[] bytes;
    private final String text;

    private Image(Start start, byte[] bytes, String text) {
        this.start = start;
        this.bytes = bytes;
        this.text = text;
    }

    /**
     * A photo in memory: JPEG, PNG or BMP, as a camera or a scanner wrote it.
     *
     * @param bytes the photo; not copied before the call begins
     * @return the image
     */
    public static Image bytes(byte[] bytes) {
        return new Image(CApi::cardwire_recognize_start, Objects.requireNonNull(bytes, "bytes"), null);
    }

    /**
     * A photo in a buffer, from its position to its limit. Neither changes.
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
     * A photo in a file.
     *
     * @param path a path of the default file system
     * @return the image
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a path of another file system
     */
    public static Image path(Path path) {
        return new Image(CApi::cardwire_recognize_file_start, null, Text.path(path, "image"));
    }

    /**
     * A photo at an {@code http} or {@code https} address that the vendor can reach.
     *
     * @param url the address
     * @return the image
     */
    public static Image url(URI url) {
        return url(Objects.requireNonNull(url, "url").toString());
    }

    /**
     * A photo at an {@code http} or {@code https} address that the vendor can reach, for addresses that
     * {@link URI} does not take.
     *
     * @param url the address, handed on as it is
     * @return the image
     */
    public static Image url(String url) {
        return new Image(CApi::cardwire_recognize_url_start, null, Objects.requireNonNull(url, "url"));
    }

    int start(long client, long options, long call, long[] error) {
        byte[] given = bytes != null ? bytes : Text.utf8(text, "image");
        return start.start(client, given, given.length, options, CApi.DONE_ADDRESS, call, error);
    }

    /** Shows neither the photo nor where it is. */
    @Override
    public String toString() {
        return bytes != null ? "Image[" + bytes.length + " bytes]" : "Image[***]";
    }
}
