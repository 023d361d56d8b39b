package io.cardwire;

/** A slot in the hands of one call, which can be cancelled as long as it runs. */
final class Lease {
    final Slot slot;

    private final Slots slots;
    private final Cancellation external;
    private int holders;
    private boolean cancelled;
    private boolean over;

    /** Each of the holders gives the slot back. */
    Lease(Slots slots, Cancellation external, int holders) {
        this.slots = slots;
        this.external = external;
        this.holders = holders;
        slot = slots.take();
    }

    /** From here on the call's own cancellation ends it. */
    void begin() {
        if (external != null) {
            external.add(this);
        }
    }

    /** Ends the call with {@link Kind#CANCELLED}, unless it has ended. */
    synchronized void cancel() {
        if (!over) {
            cancelled = true;
            CApi.cardwire_cancellation_cancel(slot.cancellation, 0);
        }
    }

    /** The call has ended: the slot may soon be another's. */
    void end() {
        synchronized (this) {
            over = true;
        }
        if (external != null) {
            external.remove(this);
        }
        giveBack();
    }

    /** A holder needs the slot no more. */
    void giveBack() {
        synchronized (this) {
            holders--;
            if (holders > 0) {
                return;
            }
        }
        if (cancelled) {
            slot.free();
        } else {
            slots.give(slot);
        }
    }
}
