package io.cardwire;

import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The reasons for which the native library is not loaded, with what mends them. */
final class LoadFailure {
    /** The folder to which JNA writes its native part. */
    private static final Pattern JNA_FILE = Pattern.compile("[/\\\\]jna\\d+\\.tmp");

    private LoadFailure() {}

    /** Returns the cause in one line, and the setting that mends this cause, where there is one. */
    static String explain(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String said = failure.getMessage() != null ? failure.getMessage() : root.getMessage();
        String name = root.getClass().getSimpleName();
        // The message of an exception about a file is often its path alone.
        boolean bare = said == null || said.isBlank() || root instanceof FileSystemException;
        String told = bare ? name + (said == null || said.isBlank() ? "" : " " + said) : said;
        // JNA adds the class path, and says the reason twice.
        told =
                told.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("Native library ("))
                        .distinct()
                        .collect(Collectors.joining(" "));
        String advice = advice(root, told);
        return advice.isEmpty() ? told : told + ": " + advice;
    }

    private static String advice(Throwable root, String told) {
        if (told.contains("incompatible JNA native library")) {
            return "JNA found a native part of another version than its jar; leave out -Djna.boot.library.path,"
                    + " start Java with -Djna.nosys=true, and keep one version of jna on the class path";
        }
        boolean ofJna = told.contains("jnidispatch") || JNA_FILE.matcher(told).find();
        if (told.contains("failed to map segment") || told.contains("Operation not permitted")) {
            return "the file system of that folder is mounted noexec; name a folder on another one with "
                    + (ofJna ? "-Djna.tmpdir=FOLDER" : otherFolder());
        }
        if (root instanceof InvalidPathException) {
            return "the locale of this process has no such characters; start Java with LC_ALL=C.UTF-8";
        }
        if (told.contains("GLIBC_") || told.contains("ld-linux") || told.contains("libc.musl")) {
            return "this system's C library is older than the library needs, or another one";
        }
        if (told.contains("wrong ELF class") || told.contains("invalid ELF header") || told.contains("mach-o")) {
            return "the file is of another platform than this JVM, or damaged";
        }
        if (root instanceof FileSystemException || told.contains("No space left")) {
            return "the library is written to the temporary folder before it is loaded; name a folder that can be"
                    + " written to with "
                    + otherFolder();
        }
        return "";
    }

    private static String otherFolder() {
        return "-Djava.io.tmpdir=FOLDER, or the library itself with -D" + NativeLoader.PROPERTY + "=PATH";
    }
}
