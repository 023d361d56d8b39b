package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kotlin takes the annotations for what may be null, and wants it looked at. */
@Tag("compiler")
class KotlinTest {
    private static final Path SOURCES = Path.of("src/test/kotlin");

    @TempDir Path out;

    @Test
    void whatIsLookedAtCompiles() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertEquals(ExitCode.OK, compile("usage.kt", said), said::toString);
    }

    @Test
    void whatMayBeNullIsRefusedUnlessItIsLookedAt() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertEquals(ExitCode.COMPILATION_ERROR, compile("refused.kt", said), said::toString);
        List<Integer> refused =
                Pattern.compile("refused\\.kt:(\\d+):\\d+: error: .*null")
                        .matcher(said.toString(StandardCharsets.UTF_8))
                        .results()
                        .map(line -> Integer.valueOf(line.group(1)))
                        .toList();
        List<Integer> functions = new ArrayList<>();
        List<String> lines = Files.readAllLines(SOURCES.resolve("refused.kt"));
        for (int line = 0; line < lines.size(); line++) {
            if (lines.get(line).startsWith("fun ")) {
                functions.add(line + 1);
            }
        }
        assertEquals(functions, refused, said::toString);
    }

    private ExitCode compile(String source, ByteArrayOutputStream said) {
        String classPath =
                Stream.of(Client.class, NullMarked.class, kotlin.Unit.class)
                        .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                        .map(location -> Path.of(URI.create(location.toString())).toString())
                        .collect(Collectors.joining(File.pathSeparator));
        String[] arguments = {
            "-no-stdlib", "-no-reflect", "-Werror", "-cp", classPath, "-d", out.toString(),
            SOURCES.resolve(source).toString()
        };
        return new K2JVMCompiler().exec(new PrintStream(said, true, StandardCharsets.UTF_8), arguments);
    }
}
