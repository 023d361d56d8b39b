package io.cardwire;

import java.util.ArrayDeque;

/** The slots of a client that no call holds. */
final class Slots {
    /** More calls at once than that make slots of their own. */
    private static final int KEPT = 64;

    private final ArrayDeque<Slot> unused = new ArrayDeque<>();
    private boolean closed;

    Slot take() {
        Slot slot;
        synchronized (this) {
            slot = unused.pollLast();
        }
        return slot != null ? slot : new Slot();
    }

    void give(Slot slot) {
        synchronized (this) {
            if (!closed && unused.size() < KEPT) {
                unused.addLast(slot);
                return;
            }
        }
        slot.free();
    }

    synchronized void close() {
        closed = true;
        unused.forEach(Slot::free);
        unused.clear();
    }
}
