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
            Consumer<? super Event> ofCall = ListenedCall.ALL.get(CApi.cardwire_event_context(event));
            if (listener != null || ofCall != null) {
                String text = CApi.text(CApi.cardwire_event_json(event), CApi.cardwire_event_json_len(event));
                String line = CApi.text(CApi.cardwire_event_text(event));
                Document document = Document.parse(text).with("text", line);
                Class<?> type = EVENTS.get(document.text("event"));
                // One of a later library is none that this jar knows.
                if (type != null) {
                    Event read = (Event) document.read(type);
                    tell(listener, read);
                    tell(ofCall, read);
                }
            }
        } catch (Throwable e) {
            report(e);
        }
    }

    /** Tells a listener, where there is one. */
    static void tell(Consumer<? super Event> listener, Event event) {
        try {
            if (listener != null) {
                listener.accept(event);
            }
        } catch (Throwable e) {
            report(e);
        }
    }

    /** Reports a failure to the program: a listener's trouble is not the call's. */
    private static void report(Throwable failure) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        } catch (Throwable e) {
            // Whom should it tell?
        }
    }
}
