package io.cardwire;

import java.lang.ref.Reference;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Recognises card photos and verifies cardholders over the configured vendors.
 *
 * <p>A client may be used by many threads at once, virtual threads included. Make one for each
 * configuration and keep it: it holds connections and tokens. Calls come in two forms:
 *
 * <ul>
 *   <li>blocking: {@link Thread#interrupt} ends the call with {@link Kind#CANCELLED} and leaves the
 *       thread's interrupt flag set. A result that had come by then is returned, not lost.
 *   <li>{@code ...Async}: returns at once, without a thread for the call. Failures, those of arguments
 *       included, complete the future with a {@link CardwireException}; completing it in any other way, by
 *       {@code cancel} or {@code orTimeout}, ends the call, and its result, if one comes, is dropped. What
 *       depends on the future runs on the client's executor.
 * </ul>
 *
 * <p>Null where something is required gives a {@link NullPointerException} that names the parameter, from
 * both forms, before anything is sent. Everything else that fails is a {@link CardwireException}.
 */
public final class Client implements AutoCloseable {
    private final Handle handle;
    private final boolean hasListener;
    private final Orders orders;
    private final Executor executor;

    /** Collects what a client is made of. */
    public static final class Builder {
        private String config;
        private Consumer<? super Event> onEvent;
        private Executor executor;
        private final Map<String, CredentialProvider> providers = new HashMap<>();

        private Builder() {}

        /**
         * The configuration: required.
         *
         * @param config a JSON document
         * @return this builder
         */
        public Builder config(String config) {
            this.config = Objects.requireNonNull(config, "config");
            return this;
        }

        /**
         * Tells the client's attempts as they start and end, each token, and each order that the journal
         * holds. The listener runs on the
         * library's threads, several at once, while the call waits: let it be short. It may call the
         * client. What it throws is dropped. A listener that refers to its client keeps the client from
         * being collected: close such a client.
         *
         * @param onEvent the listener
         * @return this builder
         */
        public Builder onEvent(Consumer<? super Event> onEvent) {
            this.onEvent = Objects.requireNonNull(onEvent, "onEvent");
            return this;
        }

        /**
         * Sets the executor on which results of {@code ...Async} calls are read and what depends on their futures
         * runs; where none is given, where {@link CompletableFuture} runs asynchronous tasks. An executor that
         * runs tasks on the calling thread lends the library's own threads to them: such tasks may not wait for a
         * call.
         *
         * @param executor the executor; it is not shut down
         * @return this builder
         */
        public Builder executor(Executor executor) {
            this.executor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Gives the account's credentials where the configuration says {@code {"provider": NAME}}.
         *
         * @param name the name in the configuration
         * @param provider the provider; one that refers to its client keeps it from being collected
         * @return this builder
         */
        public Builder provider(String name, CredentialProvider provider) {
            providers.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(provider, "provider"));
            return this;
        }

        /**
         * Makes the client. Nothing is connected before the first call.
         *
         * @return the client
         * @throws CardwireException {@link Kind#INVALID_CONFIG}, naming the key
         * @throws NullPointerException if there is no configuration
         */
        public Client build() {
            return new Client(this);
        }
    }

    private Client(Builder builder) {
        CApi.ensure();
        byte[] config = Text.utf8(Objects.requireNonNull(builder.config, "config"), "config");
        executor = builder.executor != null ? builder.executor : new CompletableFuture<>().defaultExecutor();
        long[] client = new long[1];
        long[] error = new long[1];
        long listener = 0;
        int status;
        List<Long> asked = new ArrayList<>();
        if (!builder.providers.isEmpty()) {
            listener = builder.onEvent == null ? 0 : Listeners.add(builder.onEvent);
            long[] set = new long[1];
            CApi.cardwire_providers_new(set, 0);
            for (Map.Entry<String, CredentialProvider> named : builder.providers.entrySet()) {
                byte[] name = Text.utf8(named.getKey(), "name");
                asked.add(Providers.add(named.getValue()));
                long number = asked.get(asked.size() - 1);
                CApi.cardwire_providers_set(set[0], name, name.length, CApi.ON_ASK_ADDRESS, number, null);
            }
            long onEvent = listener == 0 ? 0 : CApi.ON_EVENT_ADDRESS;
            status =
                    CApi.cardwire_client_new_with_providers(
                            config, config.length, set[0], onEvent, listener, client, error);
            CApi.cardwire_providers_free(set[0]);
        } else if (builder.onEvent == null) {
            status = CApi.cardwire_client_new(config, config.length, client, error);
        } else {
            listener = Listeners.add(builder.onEvent);
            status =
                    CApi.cardwire_client_new_observed(
                            config, config.length, CApi.ON_EVENT_ADDRESS, listener, client, error);
        }
        if (status != 0) {
            Listeners.remove(listener);
            Providers.remove(asked);
            throw CardwireException.take(error[0]);
        }
        long listening = listener;
        hasListener = builder.onEvent != null;
        handle =
                new Handle(
                        this,
                        "client",
                        client[0],
                        open -> {
                            CApi.cardwire_client_free(open);
                            Listeners.remove(listening);
                            Providers.remove(asked);
                        });
        orders =
                new Orders(
                        handle,
                        CApi::cardwire_orders,
                        CApi::cardwire_unknown_orders,
                        CApi::cardwire_find_order,
                        CApi::cardwire_reconcile_order,
                        CApi::cardwire_export_orders,
                        CApi::cardwire_prune_orders);
    }

    /**
     * A client from a configuration document.
     *
     * @param config a JSON document
     * @return the client
     * @throws CardwireException {@link Kind#INVALID_CONFIG}, naming the key
     */
    public static Client fromJson(String config) {
        return builder().config(config).build();
    }

    /**
     * A client in steps, with a listener or an executor.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The version of the native library.
     *
     * @return such as {@code 0.1.0}
     */
    public static String version() {
        CApi.ensure();
        return CApi.text(CApi.cardwire_version());
    }

    /**
     * Reads the card in a photo, with the first vendor that takes it: of those that the options name, or
     * of those configured.
     *
     * @param image the photo
     * @param options what this call wants otherwise
     * @return what the vendor read
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Recognition recognize(Image image, CallOptions options) {
        return Call.blocking(this, Recognition::read, options, Request.recognition(image));
    }

    /**
     * Reads the card in a photo, the configuration's own way.
     *
     * @param image the photo
     * @return what the vendor read
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Recognition recognize(Image image) {
        return recognize(image, CallOptions.defaults());
    }

    /**
     * Reads the card in a photo in memory.
     *
     * @param image the photo: JPEG, PNG or BMP
     * @return what the vendor read
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Recognition recognize(byte[] image) {
        return recognize(Image.bytes(Objects.requireNonNull(image, "image")));
    }

    /**
     * Reads the card in a photo in a file.
     *
     * @param image the path of the photo
     * @return what the vendor read
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Recognition recognize(Path image) {
        return recognize(Image.path(Objects.requireNonNull(image, "image")));
    }

    /**
     * Reads the card in a photo that the vendor downloads.
     *
     * @param image an {@code http} or {@code https} address that the vendor can reach
     * @return what the vendor read
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Recognition recognize(URI image) {
        return recognize(Image.url(Objects.requireNonNull(image, "image")));
    }

    /**
     * {@link #recognize(Image, CallOptions)} that returns at once.
     *
     * @param image the photo
     * @param options what this call wants otherwise
     * @return what the vendor read, in time
     */
    public CompletableFuture<Recognition> recognizeAsync(Image image, CallOptions options) {
        return Call.async(this, Recognition::read, options, executor, Request.recognition(image));
    }

    /**
     * {@link #recognize(Image)} that returns at once.
     *
     * @param image the photo
     * @return what the vendor read, in time
     */
    public CompletableFuture<Recognition> recognizeAsync(Image image) {
        return recognizeAsync(image, CallOptions.defaults());
    }

    /**
     * Asks whether a card, a name and an ID number belong together. A mismatch is a result, not an error.
     *
     * @param cardholder whom to verify
     * @param options what this call wants otherwise
     * @return what the vendor says; only {@link Outcome#MATCH} says that they do
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Verification verify(Cardholder cardholder, CallOptions options) {
        return Call.blocking(this, Verification::read, options, Request.verification(cardholder));
    }

    /**
     * Asks whether a card, a name and an ID number belong together, the configuration's own way.
     *
     * @param cardholder whom to verify
     * @return what the vendor says; only {@link Outcome#MATCH} says that they do
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Verification verify(Cardholder cardholder) {
        return verify(cardholder, CallOptions.defaults());
    }

    /**
     * {@link #verify(Cardholder, CallOptions)} that returns at once.
     *
     * @param cardholder whom to verify
     * @param options what this call wants otherwise
     * @return what the vendor says, in time
     */
    public CompletableFuture<Verification> verifyAsync(Cardholder cardholder, CallOptions options) {
        return Call.async(this, Verification::read, options, executor, Request.verification(cardholder));
    }

    /**
     * {@link #verify(Cardholder)} that returns at once.
     *
     * @param cardholder whom to verify
     * @return what the vendor says, in time
     */
    public CompletableFuture<Verification> verifyAsync(Cardholder cardholder) {
        return verifyAsync(cardholder, CallOptions.defaults());
    }

    /**
     * Asks a vendor who issued a card number. Vendors bill this call. A number that the vendor does not
     * know is a result, not an error.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @param options what this call wants otherwise
     * @return what the vendor knows
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public CardLookup lookupCard(String cardNumber, CallOptions options) {
        return Call.blocking(this, CardLookup::read, options, Request.lookup(cardNumber));
    }

    /**
     * Asks a vendor who issued a card number, the configuration's own way.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @return what the vendor knows
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public CardLookup lookupCard(String cardNumber) {
        return lookupCard(cardNumber, CallOptions.defaults());
    }

    /**
     * {@link #lookupCard(String, CallOptions)} that returns at once.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @param options what this call wants otherwise
     * @return what the vendor knows, in time
     */
    public CompletableFuture<CardLookup> lookupCardAsync(String cardNumber, CallOptions options) {
        return Call.async(this, CardLookup::read, options, executor, Request.lookup(cardNumber));
    }

    /**
     * {@link #lookupCard(String)} that returns at once.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @return what the vendor knows, in time
     */
    public CompletableFuture<CardLookup> lookupCardAsync(String cardNumber) {
        return lookupCardAsync(cardNumber, CallOptions.defaults());
    }

    /**
     * Fetches the images and the result that a vendor keeps under an order number.
     *
     * @param orderId the order number of an earlier call
     * @param options what this call wants otherwise
     * @return what the vendor keeps
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Order fetchOrder(String orderId, CallOptions options) {
        return Call.blocking(this, Order::read, options, Request.order(orderId));
    }

    /**
     * Fetches what a vendor keeps under an order number, the configuration's own way.
     *
     * @param orderId the order number of an earlier call
     * @return what the vendor keeps
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Order fetchOrder(String orderId) {
        return fetchOrder(orderId, CallOptions.defaults());
    }

    /**
     * {@link #fetchOrder(String, CallOptions)} that returns at once.
     *
     * @param orderId the order number of an earlier call
     * @param options what this call wants otherwise
     * @return what the vendor keeps, in time
     */
    public CompletableFuture<Order> fetchOrderAsync(String orderId, CallOptions options) {
        return Call.async(this, Order::read, options, executor, Request.order(orderId));
    }

    /**
     * {@link #fetchOrder(String)} that returns at once.
     *
     * @param orderId the order number of an earlier call
     * @return what the vendor keeps, in time
     */
    public CompletableFuture<Order> fetchOrderAsync(String orderId) {
        return fetchOrderAsync(orderId, CallOptions.defaults());
    }

    /**
     * Recognises every photo of an iterator, a bounded number at a time.
     *
     * @param images the photos; taken on the thread that takes results, and only as calls end
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Recognition> recognizeMany(
            Iterator<? extends BatchInput<Image>> images, BatchOptions options) {
        return new Batch<>(images, "image", options, this::recognizeAsync);
    }

    /**
     * Recognises every photo of a collection, a bounded number at a time.
     *
     * @param images the photos
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Recognition> recognizeMany(
            Iterable<? extends BatchInput<Image>> images, BatchOptions options) {
        return recognizeMany(Objects.requireNonNull(images, "images").iterator(), options);
    }

    /**
     * Recognises every photo of a collection, 16 at a time.
     *
     * @param images the photos
     * @return the results, as they finish
     */
    public Batch<Recognition> recognizeMany(Iterable<? extends BatchInput<Image>> images) {
        return recognizeMany(images, BatchOptions.defaults());
    }

    /**
     * Verifies every cardholder of an iterator, a bounded number at a time.
     *
     * @param cardholders whom to verify; taken on the thread that takes results, and only as calls end
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(
            Iterator<? extends BatchInput<Cardholder>> cardholders, BatchOptions options) {
        return new Batch<>(cardholders, "cardholder", options, this::verifyAsync);
    }

    /**
     * Verifies every cardholder of a collection, a bounded number at a time.
     *
     * @param cardholders whom to verify
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(
            Iterable<? extends BatchInput<Cardholder>> cardholders, BatchOptions options) {
        return verifyMany(Objects.requireNonNull(cardholders, "cardholders").iterator(), options);
    }

    /**
     * Verifies every cardholder of a collection, 16 at a time.
     *
     * @param cardholders whom to verify
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(Iterable<? extends BatchInput<Cardholder>> cardholders) {
        return verifyMany(cardholders, BatchOptions.defaults());
    }

    /**
     * Every order of the journal that the configuration names, newest first. Nothing is sent.
     *
     * @return the orders
     * @throws CardwireException {@link Kind#INVALID_CONFIG} where no journal is configured, {@link
     *     Kind#STORAGE} where it cannot be read
     */
    public List<OrderRecord> orders() {
        return orders(OrderFilter.all());
    }

    /**
     * The orders that a filter wants, newest first. Nothing is sent.
     *
     * @param filter which ones
     * @return the orders
     * @throws CardwireException as {@link #orders()}
     */
    public List<OrderRecord> orders(OrderFilter filter) {
        try {
            return orders.all(filter);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The orders that a vendor may have executed and billed without this machine knowing, and that nobody
     * settled. Those of calls that still run are not among them.
     *
     * @return the orders, newest first
     * @throws CardwireException as {@link #orders()}
     */
    public List<OrderRecord> unknownOrders() {
        try {
            return orders.unknown();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The order of a number, as the journal holds it. Nothing is sent.
     *
     * @param orderId the order number
     * @return the order, where the journal has it
     * @throws CardwireException as {@link #orders()}
     */
    public Optional<OrderRecord> findOrder(String orderId) {
        try {
            return orders.find(orderId);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Notes in the journal that an order was settled with the vendor: it is unknown no longer.
     *
     * @param orderId the order number
     * @param note what was found out; it must hold no personal datum
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where there is no such order; else as {@link
     *     #orders()}
     */
    public void reconcileOrder(String orderId, String note) {
        try {
            orders.reconcile(orderId, note);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes orders to a new file as lines of JSON, newest first, for its owner alone. The memory that it
     * takes does not grow with their number.
     *
     * @param filter which ones; all of them where it has no limit
     * @param path a path of the default file system, where there is no file yet
     * @return how many
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where the file is there or cannot be made; else as {@link
     *     #orders()}
     */
    public long exportOrders(OrderFilter filter, Path path) {
        try {
            return orders.export(filter, path);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Removes the orders that were last written before a moment. Those that run and those that are unknown
     * and not settled stay. The number of an order that was removed may be used again.
     *
     * @param before the moment, at least 24 hours ago
     * @return how many
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for a later moment, {@link Kind#STORAGE} where
     *     the journal cannot be written
     */
    public long pruneOrders(Instant before) {
        try {
            return orders.prune(before);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the calls in flight with {@link Kind#CANCELLED} and refuses new ones with {@link Kind#CLOSED}.
     * When it returns, no listener of this client runs or will run, unless it is called from one. Closing
     * twice, from any thread, does nothing more. A client that nothing refers to is closed in time; one
     * with calls in flight is not.
     */
    @Override
    public void close() {
        handle.close();
    }

    /** Shows nothing of the configuration. */
    @Override
    public String toString() {
        return handle.isOpen() ? "Client[open]" : "Client[closed]";
    }

    boolean hasListener() {
        return hasListener;
    }

    /** The library's client. */
    Handle handle() {
        return handle;
    }
}
