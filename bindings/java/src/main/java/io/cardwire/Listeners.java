package io.cardwire;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The listeners of clients. The library knows a listener by its number. */
final class Listeners {
    static final Registry<Consumer<? super Event>> ALL = new Registry<>();

    /** The types of events, by their names. */
    private static final Map<String, Class<?>> EVENTS =
            Arrays.stream(Event.class.getPermittedSubclasses())
                    .collect(Collectors.toMap(type -> Document.snakeCase(type.getSimpleName()), type -> type));

    private Listeners() {}

    /** Tells a listener of an event, on the library's thread. Nothing may be thrown into it. */
    static void event(long event, long number) {
        try {
            Consumer<? super Event> listener = ALL.get(number);
            if (listener != null) {
                String text = CApi.text(CApi.cardwire_event_json(event), CApi.cardwire_event_json_len(event));
                Document document = Document.parse(text);
                Class<?> type = EVENTS.get(document.text("event"));
                // One of a later library is none that this jar knows.
                if (type != null) {
                    listener.accept((Event) document.read(type));
                }
            }
        } catch (Throwable e) {
            // A listener's trouble is not the call's, and the library writes nothing to stderr.
        }
    }
}
