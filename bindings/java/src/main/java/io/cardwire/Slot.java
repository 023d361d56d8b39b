package io.cardwire;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * What the library needs for a call besides the client and its arguments: made once, used by one call after
 * another.
 */
final class Slot {
    private static final long RESULT = 0;
    private static final long ERROR = 8;
    private static final long ARGUMENTS = 16;

    /** Room for the arguments of a usual call; photos get memory of their own. */
    private static final int ROOM = 1008;

    /** Ends the call. */
    final long cancellation;

    /** Options with the cancellation and nothing else. */
    final long options;

    private final Pointer memory;
    private Pointer large;
    private int length;

    Slot() {
        memory = allocate(ARGUMENTS + ROOM);
        memory.setMemory(0, ARGUMENTS + ROOM, (byte) 0);
        long made = 0;
        try {
            check(CApi.cardwire_cancellation_new(result(), error()));
            made = given();
            check(CApi.cardwire_options_new(result(), error()));
            check(CApi.cardwire_options_set_cancellation(given(), made, error()));
        } catch (RuntimeException | Error e) {
            CApi.cardwire_options_free(given());
            CApi.cardwire_cancellation_free(made);
            Native.free(Pointer.nativeValue(memory));
            throw e;
        }
        cancellation = made;
        options = given();
    }

    private static Pointer allocate(long bytes) {
        long address = Native.malloc(bytes);
        if (address == 0) {
            throw new OutOfMemoryError("no native memory for " + bytes + " bytes");
        }
        return new Pointer(address);
    }

    /** Where the library puts what a function gives. */
    long result() {
        return Pointer.nativeValue(memory) + RESULT;
    }

    /** Where the library puts the error of a function. */
    long error() {
        return Pointer.nativeValue(memory) + ERROR;
    }

    /** What the last function gave. */
    long given() {
        return memory.getLong(RESULT);
    }

    /** The last function's error, which is taken over from the library. */
    CardwireException failure() {
        return CardwireException.take(memory.getLong(ERROR));
    }

    /** Throws the last function's error. */
    void check(int status) {
        if (status != 0) {
            throw failure();
        }
    }

    /** Copies a call's arguments to where the library can read them, until {@link #clear}. */
    long put(byte[] arguments) {
        length = arguments.length;
        if (length <= ROOM) {
            memory.write(ARGUMENTS, arguments, 0, length);
            return Pointer.nativeValue(memory) + ARGUMENTS;
        }
        large = allocate(length);
        large.write(0, arguments, 0, length);
        return Pointer.nativeValue(large);
    }

    /** Wipes the arguments. */
    void clear() {
        if (large != null) {
            large.setMemory(0, length, (byte) 0);
            Native.free(Pointer.nativeValue(large));
            large = null;
        } else if (length > 0) {
            memory.setMemory(ARGUMENTS, length, (byte) 0);
        }
        length = 0;
    }

    void free() {
        CApi.cardwire_options_free(options);
        CApi.cardwire_cancellation_free(cancellation);
        Native.free(Pointer.nativeValue(memory));
    }
}
