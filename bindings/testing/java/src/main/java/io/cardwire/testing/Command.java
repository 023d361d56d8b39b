package io.cardwire.testing;

import com.sun.jna.Platform;
import io.cardwire.Client;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The command that plays the vendors: the one that is named, else the one in this jar, else the one on the {@code PATH}.
 * That of the jar runs from a copy in a folder of this user alone.
 */
final class Command implements AutoCloseable {
    /** Where this platform's command lies in the jar. On Linux it needs no C library, so there is one for all. */
    static final String RESOURCE = "/" + Platform.RESOURCE_PREFIX + "/cardwire" + (Platform.isWindows() ? ".exe" : "");

    /** The beginning of the name of a folder that holds a copy. */
    private static final String PREFIX = "cardwire-sandbox-";

    private static final String NAME_IT = "the command with -D" + Sandbox.PROGRAM + "=PATH";

    private static final String ELSEWHERE =
            "It comes with Cardwire's Python and Node packages, and as one file for each platform; name " + NAME_IT;

    private static final String OTHER_FOLDER =
            "Name a folder where programs may be written and run with -Djava.io.tmpdir=FOLDER, or " + NAME_IT;

    private static final int STARTS = 100;

    private final List<String> words;
    /** What errors call it. */
    private final String name;
    /** What an error says where it cannot be run, before and behind the system's reason. */
    private final String expected;

    private final String advice;
    private final @Nullable Path copy;

    private Command(List<String> words, String name, String expected, String advice, @Nullable Path copy) {
        this.words = words;
        this.name = name;
        this.expected = expected;
        this.advice = advice;
        this.copy = copy;
    }

    /** Finds the command, and writes the copy where it is that of the jar. */
    static Command find() {
        String named = System.getProperty(Sandbox.PROGRAM);
        String own = System.getenv("CARDWIRE_SANDBOX");
        if (named != null || own != null) {
            List<String> words = named != null ? List.of(named, "sandbox") : List.of(own);
            return new Command(words, words.get(0), version() + ", looked for " + words.get(0), ELSEWHERE, null);
        }
        try (InputStream packed = Command.class.getResourceAsStream(RESOURCE)) {
            if (packed != null) {
                Path copy = unpack(packed);
                return new Command(
                        List.of(copy.toString(), "sandbox"), "the jar's cardwire", "of this jar", OTHER_FOLDER, copy);
            }
        } catch (IOException e) {
            throw Sandbox.notStarted(refusal("of this jar", e, OTHER_FOLDER), e);
        }
        String expected = version() + " on the PATH, as this jar has none at " + RESOURCE;
        return new Command(List.of("cardwire", "sandbox"), "cardwire", expected, ELSEWHERE, null);
    }

    private static String version() {
        return "cardwire " + Client.version();
    }

    private static String refusal(String expected, IOException e, String advice) {
        // The message of an exception about a file is often its path alone.
        String reason = e instanceof FileSystemException ? e.toString() : e.getMessage();
        return "expected the command %s: %s. %s".formatted(expected, reason, advice);
    }

    /** Writes the copy into a new folder with a name that nobody can guess. */
    private static Path unpack(InputStream packed) throws IOException {
        if (Platform.isWindows()) {
            removeLeftovers(Path.of(System.getProperty("java.io.tmpdir")), Instant.now().minus(Duration.ofHours(1)));
        }
        Path folder = Files.createTempDirectory(PREFIX, forThisUser());
        Path file = folder.resolve(fileName());
        try {
            write(packed, file);
        } catch (IOException e) {
            remove(folder);
            throw e;
        }
        return file;
    }

    private static String fileName() {
        return RESOURCE.substring(RESOURCE.lastIndexOf('/') + 1);
    }

    /** Writes a program to a file that is not there yet. */
    static void write(InputStream program, Path file) throws IOException {
        Set<StandardOpenOption> anew = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (OutputStream out = Channels.newOutputStream(Files.newByteChannel(file, anew, forThisUser()))) {
            program.transferTo(out);
        }
    }

    /** Returns the rights of a file or a folder that only this user reads, writes and runs. */
    private static FileAttribute<?>[] forThisUser() {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        };
    }

    /**
     * Starts the sandbox. The copy is removed behind that: the process goes on without its file, but on Windows, where
     * {@link #close} removes it when the process has ended.
     */
    Process start(List<String> options) {
        try {
            if (words.size() > 1) {
                checkVersion();
            }
            List<String> command = new ArrayList<>(words);
            command.addAll(options);
            return run(command);
        } finally {
            close();
        }
    }

    /** Refuses a command of another version, whose sandbox may answer in another way than the library expects. */
    private void checkVersion() {
        Process asked = run(List.of(words.get(0), "--version"));
        try {
            asked.getOutputStream().close();
            String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!said.equals(version())) {
                String found = said.isEmpty() ? "nothing" : said;
                throw Sandbox.notStarted(
                        "%s --version: expected %s, found %s".formatted(name, version(), found), null);
            }
        } catch (IOException e) {
            throw Sandbox.notStarted(e.getMessage(), e);
        } finally {
            asked.destroyForcibly();
        }
    }

    private Process run(List<String> command) {
        try {
            return startUnlessBusy(command);
        } catch (IOException e) {
            throw Sandbox.notStarted(refusal(expected, e, advice), e);
        }
    }

    /**
     * Starts a process, again for a second while its file is busy: a process that another thread starts holds what is
     * open here, the copy that is being written too, until it runs its own program.
     */
    private static Process startUnlessBusy(List<String> command) throws IOException {
        for (int start = 1; ; start++) {
            try {
                return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            } catch (IOException e) {
                if (start == STARTS || !String.valueOf(e.getMessage()).contains("error=26,")) {
                    throw e;
                }
                LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
            }
        }
    }

    /** Removes the copy. */
    @Override
    public void close() {
        if (copy != null) {
            remove(copy.getParent());
        }
    }

    /** Removes what JVMs that are gone have left, from before that time: what still runs cannot be removed. */
    static void removeLeftovers(Path temporary, Instant before) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path folder : folders) {
                if (Files.getLastModifiedTime(folder).toInstant().isBefore(before)) {
                    remove(folder);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Nothing needs it.
        }
    }

    /** Removes a folder with a copy, where nothing else is in it. */
    private static void remove(Path folder) {
        try {
            Files.deleteIfExists(folder.resolve(fileName()));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // Windows keeps what runs: a later JVM removes it.
        }
    }
}
