package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderTest {
    @TempDir Path folder;

    private static final String RESOURCE =
            NativeLoader.resource(System.getProperty("os.name"), System.getProperty("os.arch"));

    @Test
    void theResourceIsNamedBySystemAndProcessor() {
        assertEquals("native/linux-x86_64/libcardwire.so", NativeLoader.resource("Linux", "amd64"));
        assertEquals("native/linux-aarch64/libcardwire.so", NativeLoader.resource("Linux", "aarch64"));
        assertEquals("native/macos-aarch64/libcardwire.dylib", NativeLoader.resource("Mac OS X", "aarch64"));
        assertEquals("native/windows-x86_64/cardwire.dll", NativeLoader.resource("Windows 11", "amd64"));
    }

    @Test
    void aFileThatIsThereIsNeverOverwritten() throws IOException {
        Path file = Files.createFile(folder.resolve("libcardwire.so"));
        assertThrows(FileAlreadyExistsException.class, () -> NativeLoader.extract(RESOURCE, file));
        assertEquals(0, Files.size(file));
    }

    @Test
    void aMissingLibraryIsToldWithTheWayOut() {
        IOException error =
                assertThrows(
                        IOException.class, () -> NativeLoader.extract("native/nothing", folder.resolve("x")));
        assertTrue(error.getMessage().contains("-Dio.cardwire.library"), error.getMessage());
    }

    /** Prints the version in a JVM of its own, and what is in its temporary folder while it runs. */
    public static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            try {
                System.out.println(Client.version());
            } catch (UnsatisfiedLinkError e) {
                System.out.println(e.getMessage());
            }
            try (Stream<Path> files = Files.walk(Path.of(arguments[0]))) {
                files.filter(path -> path.toString().contains("cardwire")).forEach(System.out::println);
            }
        }
    }

    private List<String> run(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        folder.toString()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return out.lines().toList();
    }

    @Test
    void nothingIsLeftInTheTemporaryFolder() throws Exception {
        assumeTrue(!RESOURCE.contains("windows"), "Windows keeps the file until the JVM ends");
        assertEquals(List.of("0.1.0"), run("-Djava.io.tmpdir=" + folder));
    }

    @Test
    void aPropertyPointsElsewhere() throws Exception {
        Path copy = Files.createDirectory(folder.resolve("mine")).resolve("mine.so");
        Files.copy(NativeLoader.class.getResourceAsStream(RESOURCE), copy, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(List.of("0.1.0"), run("-Dio.cardwire.library=" + copy));
        String refused = run("-Dio.cardwire.library=" + folder.resolve("none.so")).get(0);
        assertTrue(refused.startsWith("cardwire: no native library: "), refused);
    }

    @Test
    void aFolderThatCannotBeWrittenIsTold() throws Exception {
        assumeTrue(!RESOURCE.contains("windows"));
        String told = run("-Djava.io.tmpdir=" + folder.resolve("absent")).get(0);
        assertTrue(told.startsWith("cardwire: no native library: "), told);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    }
}
