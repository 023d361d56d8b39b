package io.cardwire;

import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Map;

/** The finder of the native library: it looks where {@code io.cardwire.library} says, else in the jar. */
final class NativeLoader {
    static final String PROPERTY = "io.cardwire.library";

    private NativeLoader() {}

    static NativeLibrary load() throws IOException {
        String path = System.getProperty(PROPERTY);
        if (path != null) {
            return open(Path.of(path).toAbsolutePath());
        }
        String resource = resource(System.getProperty("os.name"), System.getProperty("os.arch"));
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

    /** Returns the path of the library in the jar. */
    static String resource(String osName, String osArch) {
        String name = osName.toLowerCase(Locale.ROOT);
        String os = name.startsWith("windows") ? "windows" : name.startsWith("mac") ? "macos" : name;
        String arch =
                switch (osArch.toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "aarch64";
                    default -> osArch;
                };
        String file =
                switch (os) {
                    case "windows" -> "cardwire.dll";
                    case "macos" -> "libcardwire.dylib";
                    default -> "libcardwire.so";
                };
        return "native/" + os + "-" + arch + "/" + file;
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
        return Files.createTempDirectory("cardwire-", rights);
    }

    /** Writes the library out and reads it back: a full disk or a meddler shall not be loaded. */
    static void extract(String resource, Path file) throws IOException {
        byte[] packed;
        long size;
        try (InputStream raw = NativeLoader.class.getResourceAsStream(resource)) {
            if (raw == null) {
                throw new IOException(
                        "this jar has none at io/cardwire/" + resource + "; name one with -D" + PROPERTY + "=PATH");
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
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        Map<String, Object> options =
                os.startsWith("linux")
                        ? Map.of(Library.OPTION_OPEN_FLAGS, 0x2 | 0x1000)
                        : os.startsWith("mac") ? Map.of(Library.OPTION_OPEN_FLAGS, 0x2 | 0x80) : Map.of();
        return NativeLibrary.getInstance(file.toString(), options);
    }

    /** Removes what a loaded library needs no longer, except on Windows, where it goes when the JVM ends. */
    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            path.toFile().deleteOnExit();
        }
    }
}
