package io.cardwire;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to end calls from another thread. One cancellation may be given to many calls. */
public final class Cancellation {
    private final Set<NativeCancellation> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean cancelled;

    /** Makes a cancellation that was not used yet. */
    public Cancellation() {}

    /** Ends every call that has this cancellation, now and later, with {@link Kind#CANCELLED}. */
    public void cancel() {
        cancelled = true;
        calls.forEach(NativeCancellation::cancel);
    }

    /** {@return whether {@link #cancel} was called} */
    public boolean isCancelled() {
        return cancelled;
    }

    void add(NativeCancellation call) {
        calls.add(call);
        if (cancelled) {
            call.cancel();
        }
    }

    void remove(NativeCancellation call) {
        calls.remove(call);
    }
}
