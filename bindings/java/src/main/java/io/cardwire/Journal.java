package io.cardwire;

import java.nio.file.Path;

/**
 * A journal's file without a client, for tools that settle orders with the vendors. Clients may write to the
 * same file meanwhile. It may be used by many threads at once; calls wait for the disk, not for a vendor.
 */
public final class Journal extends JournalAccess implements AutoCloseable {
    private final Handle handle;

    private Journal(long journal) {
        handle = new Handle(this, "journal", journal, CApi::cardwire_journal_free);
    }

    /**
     * Opens a journal's file, or makes an empty one.
     *
     * @param path a path of the default file system
     * @return the journal
     * @throws CardwireException {@link Kind#STORAGE} where the file cannot be used
     */
    public static Journal open(Path path) {
        byte[] name = Text.utf8(Text.path(path, "path"), "path");
        CApi.ensure();
        long[] journal = new long[1];
        long[] error = new long[1];
        CallOptions.check(CApi.cardwire_journal_open(name, name.length, journal, error), error);
        return new Journal(journal[0]);
    }

    /** Closes the file. Closing twice, from any thread, does nothing more; calls after it give {@link Kind#CLOSED}. */
    @Override
    public void close() {
        handle.close();
    }

    /** Shows nothing of the file. */
    @Override
    public String toString() {
        return handle.isOpen() ? "Journal[open]" : "Journal[closed]";
    }

    @Override
    Handle journal() {
        return handle;
    }
}
