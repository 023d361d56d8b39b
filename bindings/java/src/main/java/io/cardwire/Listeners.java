package io.cardwire;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The listeners of clients. The library knows a listener by its number. */
final class Listeners {
    private static final Map<Long, Consumer<? super Event>> ALL = new ConcurrentHashMap<>();
    private static final AtomicLong NEXT = new AtomicLong(1);

    private Listeners() {}

    static long add(Consumer<? super Event> listener) {
        long number = NEXT.getAndIncrement();
        ALL.put(number, listener);
        return number;
    }

    static void remove(long number) {
        ALL.remove(number);
    }

    /** The library's callback, on the library's thread: nothing may be thrown into it. */
    static void event(long event, long number) {
        try {
            Consumer<? super Event> listener = ALL.get(number);
            if (listener != null) {
                String text = CApi.text(CApi.cardwire_event_json(event), CApi.cardwire_event_json_len(event));
                Event read = EventReader.read(Json.parse(text));
                if (read != null) {
                    listener.accept(read);
                }
            }
        } catch (Throwable e) {
            // A listener's trouble is not the call's, and the library writes nothing to stderr.
        }
    }
}
