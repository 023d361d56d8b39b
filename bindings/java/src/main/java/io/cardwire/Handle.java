package io.cardwire;

import java.lang.ref.Cleaner;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** One of the library's objects, freed once: when its owner is closed, or when nothing refers to it. */
final class Handle {
    private static final Cleaner CLEANER = Cleaner.create();

    private final String owner;
    private final String argument;
    private final AtomicLong handle;
    private final Cleaner.Cleanable cleanable;

    /**
     * @param owner whom the object belongs to; {@code free} may not refer to it, so that it can be collected
     * @param argument the object's name as the library's errors give it
     */
    Handle(Object owner, String argument, long object, LongConsumer free) {
        this.owner = owner.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        this.argument = argument;
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
        return orZero() != 0;
    }

    /** Returns the object; another thread may free it at any time, which the library then says. */
    long get() {
        long open = orZero();
        if (open == 0) {
            throw closed();
        }
        return open;
    }

    /** Returns the object, or 0 once it is freed. */
    long orZero() {
        return handle.get();
    }

    /** Throws the error of a function on the object, where it failed. */
    void check(int status, long[] error) {
        if (status != 0) {
            throw refusal(CardwireException.take(error[0]));
        }
    }

    /** Returns the library's refusal; an object that was freed meanwhile is a closed one. */
    CardwireException refusal(CardwireException refusal) {
        return argument.equals(refusal.argument()) && !isOpen() ? closed() : refusal;
    }

    private CardwireException closed() {
        return CardwireException.of(Kind.CLOSED, "the " + owner + " was closed");
    }

    void close() {
        cleanable.clean();
    }
}
