package io.cardwire;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * Bytes where the library can read them, wiped when they are closed. JNA's own copy of an array stays in freed
 * memory as it was, and is copied back besides.
 */
final class NativeBytes implements AutoCloseable {
    private final Pointer memory;
    private final int length;

    /** Copies the bytes; of {@code null} nothing. */
    NativeBytes(byte[] bytes) {
        length = bytes == null ? 0 : bytes.length;
        if (bytes == null) {
            memory = null;
            return;
        }
        // An empty photo has an address, too: without one it would not be there.
        long address = Native.malloc(Math.max(length, 1));
        if (address == 0) {
            throw new OutOfMemoryError("no native memory for " + length + " bytes");
        }
        memory = new Pointer(address);
        memory.write(0, bytes, 0, length);
    }

    long address() {
        return Pointer.nativeValue(memory);
    }

    long length() {
        return length;
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.setMemory(0, length, (byte) 0);
            Native.free(address());
        }
    }
}
