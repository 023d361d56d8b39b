package io.cardwire;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A call, or a batch, with what listens to its events: the library tells its number with each of them. It ends with the
 * call.
 */
final class ListenedCall {
    static final Registry<Consumer<? super Event>> ALL = new Registry<>();

    /** The options of the call, with its number where anything listens. */
    final CallOptions options;

    private final long number;

    private ListenedCall(CallOptions options, long number) {
        this.options = options;
        this.number = number;
    }

    /** Has the listeners of a client listen to a call that this thread makes. */
    static ListenedCall of(Client client, CallOptions options) {
        List<Supplier<? extends Consumer<? super Event>>> suppliers = client.callListeners();
        if (suppliers.isEmpty()) {
            return new ListenedCall(options, 0);
        }
        List<? extends Consumer<? super Event>> listeners = suppliers.stream().map(Supplier::get).toList();
        long number = ALL.add(event -> listeners.forEach(listener -> Listeners.tell(listener, event)));
        return new ListenedCall(options.withContext(number), number);
    }

    void end() {
        ALL.remove(number);
    }
}
