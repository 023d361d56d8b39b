package io.cardwire;

import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Objects;

/** Text on its way into the library and onto the screen. */
final class Text {
    private Text() {}

    /** UTF-8; a surrogate without its pair is refused by the argument's name. */
    static byte[] utf8(String text, String argument) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    throw CardwireException.of(
                            Kind.INVALID_ARGUMENT, argument, argument + ": it has a surrogate without its pair");
                }
                i++;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A path for the library, which knows the default file system alone. */
    static String path(Path path, String argument) {
        if (Objects.requireNonNull(path, "path").getFileSystem() != FileSystems.getDefault()) {
            throw CardwireException.of(
                    Kind.INVALID_ARGUMENT, argument, argument + ": the path is not of the default file system: give the bytes of the file");
        }
        String text = path.toString();
        // A name that this JVM's locale cannot show (LC_ALL=C) is whole in the address, byte by byte.
        return text.indexOf('\uFFFD') < 0 ? text : path.toUri().toString();
    }

    /** The first six and last four digits of a card number. */
    static String masked(String cardNumber) {
        if (cardNumber == null || cardNumber.length() < 11) {
            return hidden(cardNumber);
        }
        int end = cardNumber.length() - 4;
        return cardNumber.substring(0, 6) + "*".repeat(end - 6) + cardNumber.substring(end);
    }

    static String hidden(String text) {
        return text == null ? "null" : "***";
    }

    static String size(byte[] bytes) {
        return bytes == null ? "null" : bytes.length + " bytes";
    }
}
