package io.cardwire;

/** The library's cancellation of one call, which ends with the call. */
final class NativeCancellation {
    private final Cancellation external;
    private long handle;

    /** Makes one, which the call's own cancellation, where there is one, uses to end the call. */
    NativeCancellation(Cancellation external) {
        long[] made = new long[1];
        long[] error = new long[1];
        CallOptions.check(CApi.cardwire_cancellation_new(made, error), error);
        handle = made[0];
        this.external = external;
        if (external != null) {
            external.add(this);
        }
    }

    /** Returns the library's own, of which a call copies what it needs. */
    synchronized long handle() {
        return handle;
    }

    /** Ends the call with {@link Kind#CANCELLED}, unless it has ended. */
    synchronized void cancel() {
        if (handle != 0) {
            CApi.cardwire_cancellation_cancel(handle, 0);
        }
    }

    /** Frees it, once the call has ended. */
    void free() {
        if (external != null) {
            external.remove(this);
        }
        synchronized (this) {
            CApi.cardwire_cancellation_free(handle);
            handle = 0;
        }
    }
}
