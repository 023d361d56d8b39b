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

/** What may be null says so, as the library's own types say what may be absent. */
class NullnessTest {
    private static final Path CORE = Path.of("../../core/src");
    private static final Pattern FIELD = Pattern.compile("(?m)^    pub (\\w+): (Option<)?");
    private static final Pattern GETTER = Pattern.compile("(?m)^    pub fn (\\w+)\\(&self\\) -> (Option<)?");

    private static String camelCase(String name) {
        return Pattern.compile("_([a-z])").matcher(name).replaceAll(found -> found.group(1).toUpperCase());
    }

    private static boolean isNullable(Method method) {
        AnnotatedType type = method.getAnnotatedReturnType();
        return type.isAnnotationPresent(Nullable.class);
    }

    /** What follows this line in the library's sources, up to the end of the item. */
    private static String source(String begins) throws IOException {
        try (Stream<Path> files = Files.walk(CORE)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".rs")).toList()) {
                String text = Files.readString(file);
                int at = text.indexOf("\n" + begins + " {\n");
                if (at >= 0) {
                    return text.substring(at, text.indexOf("\n}\n", at));
                }
            }
        }
        throw new AssertionError(begins + " is not in " + CORE);
    }

    private static List<String> differences(Class<?> type, String source, Pattern pattern) {
        Map<String, Boolean> absent = new TreeMap<>();
        for (Matcher found = pattern.matcher(source); found.find(); ) {
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
            different.addAll(differences(type, source("pub struct " + type.getSimpleName()), FIELD));
        }
        String facts = source("pub struct CallFacts");
        different.addAll(differences(CallResult.class, facts, FIELD));
        different.addAll(differences(CardwireException.class, facts, FIELD));
        different.addAll(differences(CardwireException.class, source("impl Error"), GETTER));
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
