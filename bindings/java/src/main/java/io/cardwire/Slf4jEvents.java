package io.cardwire;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Listeners that write the events of calls to the logger {@code io.cardwire}, for {@link Client.Builder#onCall}. They
 * need {@code org.slf4j:slf4j-api}. Each event is one line, {@code name field=value ...}; steps of a call have the level DEBUG,
 * ends of calls INFO, failures WARN or ERROR. Lines have the MDC of the thread that made the call.
 */
public final class Slf4jEvents implements Supplier<Consumer<Event>> {
    private static final Logger LOGGER = LoggerFactory.getLogger("io.cardwire");

    /** Makes one; it has no state and may be given to any number of clients. */
    public Slf4jEvents() {}

    /**
     * Returns the listener of one call.
     *
     * @return a listener with this thread's MDC
     */
    @Override
    public Consumer<Event> get() {
        Map<String, String> context = MDC.getCopyOfContextMap();
        return event -> write(event, context);
    }

    private static void write(Event event, Map<String, String> context) {
        Map<String, String> before = MDC.getCopyOfContextMap();
        set(context);
        try {
            LOGGER.atLevel(org.slf4j.event.Level.valueOf(event.level().name())).log(event.text());
        } finally {
            set(before);
        }
    }

    private static void set(Map<String, String> context) {
        if (context == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(context);
        }
    }
}
