package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every value that may be null is annotated, as the library's own types say what may be absent. */
class NullnessTest {
    private static final Path CORE = Path.of("../../core/src");
    private static final Pattern FIELD = Pattern.compile("(?m)^ +pub (\\w+): (Option<)?");

    private static String camelCase(String name) {
        return Pattern.compile("_([a-z])").matcher(name).replaceAll(found -> found.group(1).toUpperCase());
    }

    private static boolean isNullable(Method method) {
        AnnotatedType type = method.getAnnotatedReturnType();
        return type.isAnnotationPresent(Nullable.class);
    }

    /** The fields of a type as the library's sources describe them. */
    private static String source(String type) throws IOException {
        try (Stream<Path> files = Files.walk(CORE)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".rs")).toList()) {
                String text = Files.readString(file);
                Matcher begins = Pattern.compile("\n    (pub struct )?" + type + " as \"\\w+\"(,| \\{)").matcher(text);
                if (begins.find()) {
                    return text.substring(begins.end(), text.indexOf("\n}\n", begins.end()));
                }
            }
        }
        throw new AssertionError(type + " is not in " + CORE);
    }

    private static List<String> differences(Class<?> type, String source) {
        Map<String, Boolean> absent = new TreeMap<>();
        for (Matcher found = FIELD.matcher(source); found.find(); ) {
            absent.put(camelCase(found.group(1)), found.group(2) != null);
        }
        assertTrue(absent.size() > 1, type + " is not read");
        List<String> different = new ArrayList<>();
        for (Method method : type.getMethods()) {
            Boolean may = absent.get(method.getName());
            // A status of 0 and a wait of -1 are none, too.
            if (may != null && method.getParameterCount() == 0 && may != isNullable(method)) {
                different.add(type.getSimpleName() + "." + method.getName() + (may ? " may be null" : " is never null"));
            }
        }
        return different;
    }

    @Test
    void everyAccessorSaysWhetherItMayBeNull() throws IOException {
        List<String> different = new ArrayList<>();
        for (Class<?> type :
                List.of(
                        Recognition.class,
                        Verification.class,
                        CardLookup.class,
                        Order.class,
                        OrderRecord.class,
                        CallFacts.class,
                        Attempt.class,
                        ValidThru.class,
                        Warning.class)) {
            different.addAll(differences(type, source(type.getSimpleName())));
        }
        String facts = source("CallFacts");
        different.addAll(differences(CallResult.class, facts));
        different.addAll(differences(CardwireException.class, facts));
        different.addAll(differences(CardwireException.class, source("Error")));
        assertEquals(List.of(), different);
    }

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
