package io.cardwire.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cardwire.Client;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command of the jar, in JVMs of their own that have no other. */
class CommandTest {
    private static final String CARD = "6222020000000000000";

    /** Reads a card in its own sandbox, shows the sandbox's address, and ends with its standard input. */
    public static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            try (Sandbox sandbox = new Sandbox();
                    Client client = sandbox.client()) {
                System.out.println(client.recognize(sandbox.cardPhoto()).cardNumber());
                System.out.println(sandbox.adminUrl());
                System.in.read();
            } catch (SandboxException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @TempDir Path folder;

    private Path temporary;
    private Path path;

    @BeforeEach
    void makeFolders() throws IOException {
        temporary = Files.createDirectory(folder.resolve("temporary"));
        path = Files.createDirectory(folder.resolve("path"));
    }

    /** Starts the program; what stands before its options is run in place of Java. */
    private Process start(String classPath, List<String> before, String... options) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Djava.io.tmpdir=" + temporary, "-Djna.tmpdir=" + folder));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath, Program.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("CARDWIRE_SANDBOX");
        builder.environment().put("PATH", path.toString());
        return builder.start();
    }

    private Process start() throws IOException {
        return start(classPath(), List.of());
    }

    /** Ends a program and returns what it said, beginning with what had been read of it. */
    private static List<String> end(Process process, String... read) throws Exception {
        process.getOutputStream().close();
        List<String> said = new ArrayList<>(List.of(read));
        process.inputReader(StandardCharsets.UTF_8).lines().forEach(said::add);
        assertEquals(0, process.waitFor());
        return said;
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private static Path classes() throws Exception {
        return Path.of(Sandbox.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** Returns the class path of a jar that has no command, or another one in its place. */
    private String classPathWithout() throws Exception {
        Path to = folder.resolve("classes");
        try (Stream<Path> files = Files.walk(classes())) {
            for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
                Path copy = to.resolve(classes().relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        List<String> parts = new ArrayList<>(Arrays.asList(classPath().split(File.pathSeparator)));
        assertTrue(Collections.replaceAll(parts, classes().toString(), to.toString()));
        return String.join(File.pathSeparator, parts);
    }

    private static InputStream packed() {
        return Command.class.getResourceAsStream(Command.RESOURCE);
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.toList();
        }
    }

    @Test
    void theTestsOfThisModuleRunTheCommandOfTheJar() {
        assertNull(System.getenv("CARDWIRE_SANDBOX"));
        assertNull(System.getProperty(Sandbox.PROGRAM));
        assertTrue(Command.class.getResource(Command.RESOURCE) != null, "no command was built");
    }

    @Test
    void withoutPathAndPropertyTheJarHasIt() throws Exception {
        Process program = start();
        assertEquals(CARD, program.inputReader(StandardCharsets.UTF_8).readLine());
        if (!File.pathSeparator.equals(";")) {
            assertEquals(List.of(), left(), "it runs without its file");
        }
        end(program);
        assertEquals(List.of(), left());
    }

    @Test
    void twoJvmsHaveOneEach() throws Exception {
        Process first = start();
        Process second = start();
        List<String> addresses = new ArrayList<>();
        for (Process program : List.of(first, second)) {
            BufferedReader said = program.inputReader(StandardCharsets.UTF_8);
            assertEquals(CARD, said.readLine());
            addresses.add(said.readLine());
        }
        assertNotEquals(addresses.get(0), addresses.get(1));
        end(first);
        end(second);
        assertEquals(List.of(), left());
    }

    @Test
    void oneJvmHasManyAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<Long> one = () -> {
                try (Sandbox sandbox = new Sandbox()) {
                    return sandbox.billed();
                }
            };
            for (Future<Long> done : threads.invokeAll(Collections.nCopies(24, one))) {
                assertEquals(0, done.get());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void theCommandOfAnotherVersionIsRefused() throws Exception {
        String classPath = classPathWithout();
        Path other = folder.resolve("classes" + Command.RESOURCE);
        Files.createDirectory(other.getParent());
        Files.writeString(other, "#!/bin/sh\necho cardwire 9.9.9\n");
        String refused =
                "the sandbox did not start: the jar's cardwire --version: expected cardwire %s, found cardwire 9.9.9";
        assertEquals(List.of(refused.formatted(Client.version())), end(start(classPath, List.of())));
        assertEquals(List.of(), left());
    }

    @Test
    void aPlatformWithoutItHasThatOfThePathOrIsToldHowToNameOne() throws Exception {
        String classPath = classPathWithout();
        String told = end(start(classPath, List.of())).get(0);
        String expected = "expected the command cardwire %s on the PATH, as this jar has none at %s: ";
        assertTrue(told.contains(expected.formatted(Client.version(), Command.RESOURCE)), told);
        assertTrue(told.contains("name the command with -Dcardwire.program=PATH"), told);
        Path program = path.resolve(Path.of(Command.RESOURCE).getFileName());
        Command.write(packed(), program);
        assertEquals(CARD, end(start(classPath, List.of())).get(0));
        Path elsewhere = Files.move(program, folder.resolve(program.getFileName()));
        assertEquals(CARD, end(start(classPath, List.of(), "-Dcardwire.program=" + elsewhere)).get(0));
    }

    @Test
    void aFolderThatCannotBeWrittenIsTold() throws Exception {
        Path absent = folder.resolve("absent");
        String told = end(start(classPath(), List.of(), "-Djava.io.tmpdir=" + absent)).get(0);
        assertTrue(told.contains("expected the command of this jar: java.nio.file.NoSuchFileException: "), told);
        assertTrue(told.contains("-Djava.io.tmpdir=FOLDER, or the command with -Dcardwire.program=PATH"), told);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFolderWithoutExecutionIsTold() throws Exception {
        path = Path.of("/usr/bin:/bin:/usr/sbin:/sbin");
        String mount = "mount -t tmpfs -o noexec tmpfs " + temporary + " || exit 7; exec \"$@\"";
        Process program;
        try {
            program = start(classPath(), List.of("unshare", "-rm", "sh", "-c", mount, "sh"));
        } catch (IOException e) {
            program = null;
        }
        assumeTrue(program != null, "no unshare");
        program.getOutputStream().close();
        String told = program.inputReader(StandardCharsets.UTF_8).readLine();
        assumeTrue(told != null, "this user may mount nothing");
        assertTrue(told.contains("expected the command of this jar: Cannot run program "), told);
        assertTrue(told.contains("-Djava.io.tmpdir=FOLDER, or the command with -Dcardwire.program=PATH"), told);
    }

    @Test
    void aCopyIsOfThisUserAloneAndOverwritesNothing() throws IOException {
        Path file = folder.resolve("cardwire");
        Command.write(new ByteArrayInputStream(new byte[] {1}), file);
        if (!File.pathSeparator.equals(";")) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        assertThrows(FileAlreadyExistsException.class, () -> Command.write(packed(), file));
        assertEquals(1, Files.size(file));
    }

    @Test
    void whatEarlierJvmsLeftIsRemovedAndNothingElse() throws IOException {
        Path left = Files.createDirectory(folder.resolve("cardwire-sandbox-1"));
        Files.createFile(left.resolve(Path.of(Command.RESOURCE).getFileName()));
        Path other = Files.createFile(Files.createDirectory(folder.resolve("cardwire-sandbox-2")).resolve("other"));
        Command.removeLeftovers(folder, Instant.now().minusSeconds(60));
        assertTrue(Files.exists(left));
        Command.removeLeftovers(folder, Instant.now().plusSeconds(60));
        assertTrue(Files.notExists(left) && Files.exists(other) && Files.exists(temporary));
    }
}
