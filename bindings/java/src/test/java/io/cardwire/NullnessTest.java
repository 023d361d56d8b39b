package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Every value that may be null is annotated, as the library's own types say what may be absent. */
class NullnessTest {
    @Test
    void thePackageIsMarked() {
        assertTrue(Client.class.getPackage().isAnnotationPresent(NullMarked.class));
    }

    @Test
    void documentsAndAnnotationsAgree() throws IOException {
        List<String> silent = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/main/java/io/cardwire"))) {
            for (Path file : files.toList()) {
                String text = Files.readString(file);
                Matcher found =
                        Pattern.compile("@return [^@]*\\bnull\\b[^@]*\\*/\\s*(public|default) ([^(]*)\\(").matcher(text);
                while (found.find()) {
                    if (!found.group(2).contains("@Nullable")) {
                        silent.add(file.getFileName() + ": " + found.group(2));
                    }
                }
            }
        }
        assertEquals(List.of(), silent);
    }
}
