package io.cardwire;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** One of the library's objects, freed once: when its owner is closed, or when nothing refers to it. */
final class Handle {
    private static final Cleaner CLEANER = Cleaner.create();

    private final String name;
    private final AtomicLong handle;
    private final Cleaner.Cleanable cleanable;

    /**
     * @param owner whom the object belongs to; {@code free} may not refer to it, so that it can be collected
     * @param name the object's name as the library's errors give it
     */
    Handle(Object owner, String name, long object, LongConsumer free) {
        this.name = name;
        AtomicLong freed = new AtomicLong(object);
        handle = freed;
        cleanable =
                CLEANER.register(
                        owner,
                        () -> {
                            long open = freed.getAndSet(0);
                            if (open != 0) {
                                free.accept(open);
                            }
                        });
    }

    boolean isOpen() {
        return handle.get() != 0;
    }

    /** Returns the object; another thread may free it at any time, which the library then says. */
    long get() {
        long open = handle.get();
        if (open == 0) {
            throw closed();
        }
        return open;
    }

    /** Returns the library's refusal; an object that was freed meanwhile is a closed one. */
    CardwireException refusal(CardwireException refusal) {
        return name.equals(refusal.argument()) && !isOpen() ? closed() : refusal;
    }

    private CardwireException closed() {
        return CardwireException.of(Kind.CLOSED, "the " + name + " was closed");
    }

    void close() {
        cleanable.clean();
    }
}
