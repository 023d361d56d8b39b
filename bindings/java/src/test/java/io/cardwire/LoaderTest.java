package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderTest {
    @TempDir Path folder;

    private static final String RESOURCE = resource();

    private static String resource() {
        try {
            return NativeLoader.resource();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theResourceIsNamedByPlatformAndLibc() {
        assertEquals(
                "/linux-aarch64/libcardwire.so", NativeLoader.resource("linux-aarch64", false, "libcardwire.so"));
        assertEquals(
                "/linux-x86-64-musl/libcardwire.so", NativeLoader.resource("linux-x86-64", true, "libcardwire.so"));
        assertEquals("/win32-x86-64/cardwire.dll", NativeLoader.resource("win32-x86-64", false, "cardwire.dll"));
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
                        IOException.class, () -> NativeLoader.extract("/nothing", folder.resolve("x")));
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
        assumeTrue(!RESOURCE.contains("win32"), "on Windows a later JVM removes the file");
        assertEquals(List.of("0.1.0"), run("-Djava.io.tmpdir=" + folder));
    }

    @Test
    void whatEarlierJvmsLeftIsRemovedAndNothingElse() throws IOException {
        Path left = Files.createDirectory(folder.resolve("cardwire-1"));
        Files.createFile(left.resolve(System.mapLibraryName("cardwire")));
        Path other = Files.createFile(Files.createDirectory(folder.resolve("cardwire-2")).resolve("other"));
        Path photos = Files.createDirectory(folder.resolve("photos"));
        NativeLoader.removeLeftovers(folder, Instant.now().minusSeconds(60));
        assertTrue(Files.exists(left));
        NativeLoader.removeLeftovers(folder, Instant.now().plusSeconds(60));
        assertTrue(Files.notExists(left) && Files.exists(other) && Files.exists(photos));
    }

    @Test
    void aPropertyPointsElsewhere() throws Exception {
        Path copy = Files.createDirectory(folder.resolve("mine")).resolve("mine.so");
        Files.copy(NativeLoader.class.getResourceAsStream(RESOURCE), copy, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(List.of("0.1.0"), run("-Dio.cardwire.library=" + copy));
        String refused = run("-Dio.cardwire.library=" + folder.resolve("none.so")).get(0);
        assertTrue(refused.startsWith("cardwire: no native library: "), refused);
    }

    /** A JVM whose temporary folder is on a file system mounted noexec. */
    private String runWithoutExecution(String... options) throws Exception {
        Path mounted = Files.createDirectories(folder.resolve("noexec"));
        List<String> command = new ArrayList<>(List.of("unshare", "-rm", "sh", "-c"));
        command.add("mount -t tmpfs -o noexec tmpfs " + mounted + " || exit 7; exec \"$@\"");
        command.add("sh");
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName(), mounted + ""));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            return null;
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue() == 7 || out.isEmpty() ? null : out.lines().toList().get(0);
    }

    @Test
    void aFolderWithoutExecutionIsToldWithTheSettingOfWhoUsesIt() throws Exception {
        String mounted = folder.resolve("noexec").toString();
        String ours = runWithoutExecution("-Djava.io.tmpdir=" + mounted, "-Djna.tmpdir=" + folder);
        assumeTrue(ours != null, "this user may mount nothing");
        assertTrue(ours.contains("mounted noexec; name a folder on another one with -Djava.io.tmpdir="), ours);
        String jna = runWithoutExecution("-Djna.tmpdir=" + mounted);
        assertTrue(jna.contains("mounted noexec; name a folder on another one with -Djna.tmpdir="), jna);
        assertEquals("0.1.0", runWithoutExecution("-Djna.tmpdir=" + folder));
    }

    @Test
    void anotherVersionOfJnasNativePartIsTold() throws Exception {
        String resource = "/com/sun/jna/" + com.sun.jna.Platform.RESOURCE_PREFIX + "/libjnidispatch.so";
        try (var stream = com.sun.jna.Native.class.getResourceAsStream(resource)) {
            assumeTrue(stream != null);
            String ours = com.sun.jna.Native.VERSION_NATIVE.split("\\.")[0];
            String library = new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
            String other = library.replaceAll("\0" + ours + "(\\.\\d+\\.\\d+)\0", "\0" + "1$1\0");
            assertTrue(!other.equals(library));
            Path boot = Files.createDirectory(folder.resolve("boot"));
            Files.write(boot.resolve("libjnidispatch.so"), other.getBytes(StandardCharsets.ISO_8859_1));
            String told = run("-Djna.boot.library.path=" + boot).get(0);
            assertTrue(told.contains("native part of another version than its jar"), told);
            assertTrue(told.contains("-Djna.boot.library.path"), told);
        }
    }

    @Test
    void eachFailureNamesItsOwnCause() {
        for (Throwable failure :
                List.of(
                        new ExceptionInInitializerError(new IllegalStateException("broken")),
                        new NullPointerException(),
                        new java.nio.file.NoSuchFileException("/nowhere/cardwire-1"),
                        new java.nio.file.InvalidPathException("/tmp/?", "Malformed input"),
                        new UnsatisfiedLinkError("/lib/x.so: version `GLIBC_2.99' not found"),
                        new Error(" \n\nThere is an incompatible JNA native library installed on this system"))) {
            String told = LoadFailure.explain(failure);
            assertTrue(!told.contains("null") && !told.contains("\n") && !told.isBlank(), told);
            assertEquals(failure instanceof UnsatisfiedLinkError, told.contains("C library"), told);
            assertEquals(failure instanceof java.nio.file.InvalidPathException, told.contains("LC_ALL"), told);
            assertEquals(failure instanceof java.nio.file.NoSuchFileException, told.contains("tmpdir"), told);
            assertEquals(told.contains("incompatible"), told.contains("jna.nosys"), told);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsTold() throws Exception {
        assumeTrue(!RESOURCE.contains("win32"));
        String told = run("-Djava.io.tmpdir=" + folder.resolve("absent"), "-Djna.tmpdir=" + folder).get(0);
        assertTrue(told.startsWith("cardwire: no native library: "), told);
        assertTrue(told.contains("NoSuchFileException") && told.contains("-Djava.io.tmpdir=FOLDER"), told);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    }
}
