package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java in the README compiles and runs against the sandbox. */
class ReadmeTest {
    @Test
    void everySnippetRuns(@TempDir Path folder) throws Exception {
        Sandbox sandbox = Sandbox.fresh();
        Matcher snippet =
                Pattern.compile("(?s)```java\n(.*?)```")
                        .matcher(Files.readString(Path.of("README.md"), StandardCharsets.UTF_8));
        List<String> names = new ArrayList<>();
        while (snippet.find()) {
            String name = "Snippet" + names.size();
            String source =
                    "import io.cardwire.*;\nimport java.nio.file.*;\nimport java.time.*;\nimport java.util.*;\n"
                            + "import java.util.concurrent.*;\npublic class "
                            + name
                            + " {\n public static void run(String config, Path photo, List<Image> photos, Path file)"
                            + " throws Exception {\n"
                            + snippet.group(1)
                                    .replace("Path.of(\"card.jpg\")", "photo")
                                    .replace("Path.of(\"orders.db\")", "file")
                            + "}\n}\n";
            Files.writeString(folder.resolve(name + ".java"), source);
            names.add(name);
        }
        assertTrue(names.size() >= 4, names.toString());
        Path journal = folder.resolve("orders.db");
        JsonObject document = JsonParser.parseString(sandbox.config()).getAsJsonObject();
        document.addProperty("journal", journal.toString());
        String config = document.toString();
        PrintStream stdout = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            for (String name : names) {
                ByteArrayOutputStream problems = new ByteArrayOutputStream();
                int status =
                        ToolProvider.getSystemJavaCompiler()
                                .run(
                                        null,
                                        problems,
                                        problems,
                                        "-d",
                                        folder.toString(),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        folder.resolve(name + ".java").toString());
                assertEquals(0, status, problems.toString(StandardCharsets.UTF_8));
                System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
                Path photo = Sandbox.IMAGES.resolve("icbc-debit.jpg");
                loader.loadClass(name)
                        .getMethod("run", String.class, Path.class, List.class, Path.class)
                        .invoke(
                                null,
                                config,
                                photo,
                                List.of(Image.path(photo), Image.path(photo)),
                                journal);
            }
        } finally {
            System.setOut(stdout);
        }
        String output = printed.toString(StandardCharsets.UTF_8);
        assertTrue(output.contains("622202*********0000"), output);
        assertTrue(output.contains("match"), output);
    }
}
