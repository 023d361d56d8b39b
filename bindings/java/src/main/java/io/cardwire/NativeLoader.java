package io.cardwire;

import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** The finder of the native library: it looks where {@code io.cardwire.library} says, else in the jar. */
final class NativeLoader {
    static final String PROPERTY = "io.cardwire.library";

    /** The beginning of the name of a folder to which the library is written. */
    private static final String PREFIX = "cardwire-";

    private NativeLoader() {}

    static NativeLibrary load() throws IOException {
        String path = System.getProperty(PROPERTY);
        if (path != null) {
            return open(Path.of(path).toAbsolutePath());
        }
        String resource = resource();
        if (Platform.isWindows()) {
            removeLeftovers(Path.of(System.getProperty("java.io.tmpdir")), Instant.now().minus(Duration.ofHours(1)));
        }
        Path folder = privateFolder();
        Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
        try {
            extract(resource, file);
            return open(file);
        } finally {
            remove(file);
            remove(folder);
        }
    }

    /** Returns the path of this platform's library in the jar. */
    static String resource() throws IOException {
        return resource(Platform.RESOURCE_PREFIX, isMusl(), System.mapLibraryName("cardwire"));
    }

    /** JNA names the platform, but does not tell the C libraries of Linux apart. */
    static String resource(String platform, boolean musl, String file) {
        return "/" + platform + (musl ? "-musl" : "") + "/" + file;
    }

    /** Returns whether musl's loader is in this process: it may be installed where glibc's runs. */
    private static boolean isMusl() throws IOException {
        return Platform.isLinux()
                && Files.readString(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1).contains("/ld-musl-");
    }

    /** Makes a new folder with a name that nobody can guess, for this user alone. */
    private static Path privateFolder() throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] rights =
                posix
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                        }
                        : new FileAttribute<?>[0];
        return Files.createTempDirectory(PREFIX, rights);
    }

    /** Writes the library out and reads it back: a full disk or a meddler shall not be loaded. */
    static void extract(String resource, Path file) throws IOException {
        byte[] packed;
        long size;
        try (InputStream raw = NativeLoader.class.getResourceAsStream(resource)) {
            if (raw == null) {
                throw new IOException(
                        "this jar has none at " + resource + "; name one with -D" + PROPERTY + "=PATH");
            }
            MessageDigest digest = sha256();
            try (OutputStream out =
                    Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                size = new DigestInputStream(raw, digest).transferTo(out);
            }
            packed = digest.digest();
        }
        MessageDigest digest = sha256();
        long written;
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            written = in.transferTo(OutputStream.nullOutputStream());
        }
        if (written != size || !MessageDigest.isEqual(packed, digest.digest())) {
            throw new IOException("the file written to " + file + " is not the library that the jar holds");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Loads it with RTLD_NOW, and RTLD_NODELETE: the library has threads, so its code must stay when a class loader
     * goes.
     */
    private static NativeLibrary open(Path file) {
        Map<String, Object> options =
                Platform.isLinux()
                        ? Map.of(Library.OPTION_OPEN_FLAGS, 0x2 | 0x1000)
                        : Platform.isMac() ? Map.of(Library.OPTION_OPEN_FLAGS, 0x2 | 0x80) : Map.of();
        return NativeLibrary.getInstance(file.toString(), options);
    }

    /** Removes what a loaded library needs no longer. */
    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // Windows keeps what this JVM has loaded, also at its exit: a later one removes it.
        }
    }

    /** Removes what JVMs that are gone have left, from before that time: what one has loaded cannot be removed. */
    static void removeLeftovers(Path temporary, Instant before) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path folder : folders) {
                if (Files.getLastModifiedTime(folder).toInstant().isBefore(before)) {
                    removeLeftover(folder);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Nothing needs it.
        }
    }

    private static void removeLeftover(Path folder) {
        try {
            Files.deleteIfExists(folder.resolve(System.mapLibraryName("cardwire")));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // A JVM has it loaded, or it is not ours.
        }
    }
}
