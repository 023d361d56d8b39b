package io.cardwire;

import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Objects;

/** Functions on texts for the library and for the screen. */
final class Text {
    private Text() {}

    /** Returns UTF-8; a surrogate without its pair is refused by the argument's name. */
    static byte[] utf8(String text, String argument) {
        return whole(text, argument).getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a text, or null, as it is; a surrogate without its pair is refused by the argument's name. */
    static String whole(String text, String argument) {
        for (int i = 0; text != null && i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    throw CardwireException.argument(argument, "Unicode text", "a surrogate without its pair");
                }
                i++;
            }
        }
        return text;
    }

    /** Returns a path for the library, which knows the default file system alone. */
    static String path(Path path, String argument) {
        if (Objects.requireNonNull(path, "path").getFileSystem() != FileSystems.getDefault()) {
            throw CardwireException.argument(
                    argument, "a path of the default file system", "one of another, whose bytes are to be given");
        }
        String text = path.toString();
        // A name that this JVM's locale cannot show (LC_ALL=C) is whole in the address, byte by byte.
        return text.indexOf('\uFFFD') < 0 ? text : path.toUri().toString();
    }

    /** Returns what may be shown of a card number. */
    static String masked(String cardNumber) {
        CApi.ensure();
        byte[] number = cardNumber.getBytes(StandardCharsets.UTF_8);
        CApi.cardwire_mask_card_number(number, number.length, 0);
        return new String(number, StandardCharsets.UTF_8);
    }

    static String hidden(String text) {
        return text == null ? "null" : "***";
    }
}
