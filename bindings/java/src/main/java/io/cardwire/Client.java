package io.cardwire;

import java.lang.ref.Reference;
import java.net.URI;
import java.nio.file.Path;
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
import java.util.function.Supplier;

/**
 * A client of the configured vendors, which recognises card photos and verifies cardholders.
 *
 * <p>A client may be used by many threads at once, virtual threads included. Make one for each
 * configuration and keep it: it holds connections and tokens. Calls come in two forms:
 *
 * <ul>
 *   <li>blocking: {@link Thread#interrupt} ends the call with {@link Kind#CANCELLED} and leaves the
 *       thread's interrupt flag set. A result that had come by then is returned, not lost.
 *   <li>{@code ...Async}: the method returns at once, without a thread for the call. Failures, those of arguments
 *       included, complete the future with a {@link CardwireException}; completing it in any other way, by
 *       {@code cancel} or {@code orTimeout}, ends the call, and its result, if one comes, is dropped.
 *       Stages that depend on the future run on the client's executor.
 * </ul>
 *
 * <p>Null where something is required gives a {@link NullPointerException} that names the parameter, from
 * both forms, before anything is sent. Everything else that fails is a {@link CardwireException}.
 */
public final class Client extends JournalAccess implements AutoCloseable {
    private final Handle handle;
    private final Handle journal;
    private final boolean hasListener;
    private final List<Supplier<? extends Consumer<? super Event>>> callListeners;
    private final Executor executor;

    /** What calls are answered from, or null where vendors answer them. */
    private final Script script;

    /** The parts of which a client is made. */
    public static final class Builder {
        private String config;
        private Consumer<? super Event> onEvent;
        private final List<Supplier<? extends Consumer<? super Event>>> onCall = new ArrayList<>();
        private Executor executor;
        private Script script;
        private final Map<String, CredentialProvider> providers = new HashMap<>();

        private Builder() {}

        /**
         * Sets the configuration, without which there is no client.
         *
         * @param config a JSON document
         * @return this builder
         */
        public Builder config(String config) {
            this.config = Objects.requireNonNull(config, "config");
            return this;
        }

        /**
         * Adds a listener, which is told of the client's calls and attempts as they start and end, of requests that are
         * not sent or wait, of each token, and of each order that the journal holds. The listener runs on the library's
         * threads, several at once, while the call waits: let it be short. It may call the client. An exception of the
         * listener goes to the thread's handler of uncaught exceptions and changes no call. A listener that refers to
         * its client keeps the client from being collected: close such a client.
         *
         * @param onEvent the listener
         * @return this builder
         */
        public Builder onEvent(Consumer<? super Event> onEvent) {
            Consumer<? super Event> before = this.onEvent;
            Objects.requireNonNull(onEvent, "onEvent");
            this.onEvent =
                    before == null
                            ? onEvent
                            : event -> {
                                Listeners.tell(before, event);
                                Listeners.tell(onEvent, event);
                            };
            return this;
        }

        /**
         * Adds what listens to each call by itself, such as {@link Slf4jEvents} and {@link OpenTelemetryEvents}. It is
         * asked for a listener on the thread that makes the call or the batch, so that it can take along what is this
         * thread's; the listener is then told of the events of that call as {@link #onEvent}'s is.
         *
         * @param listeners gives a listener for each call
         * @return this builder
         */
        public Builder onCall(Supplier<? extends Consumer<? super Event>> listeners) {
            onCall.add(Objects.requireNonNull(listeners, "listeners"));
            return this;
        }

        /**
         * Sets where results of {@code ...Async} calls are read and what depends on their futures runs; without an
         * executor, that is where {@link CompletableFuture} runs asynchronous tasks. An executor that runs tasks on
         * the calling thread lends the library's own threads to them: such tasks may not wait for a call.
         *
         * @param executor the executor; it is not shut down
         * @return this builder
         */
        public Builder executor(Executor executor) {
            this.executor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Sets the provider of an account's credentials, where the configuration says {@code {"provider": NAME}}.
         *
         * @param name the name in the configuration
         * @param provider the provider; one that refers to its client keeps it from being collected
         * @return this builder
         */
        public Builder provider(String name, CredentialProvider provider) {
            providers.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(provider, "provider"));
            return this;
        }

        /** Sets what calls are answered from. */
        Builder script(Script script) {
            this.script = script;
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
        callListeners = List.copyOf(builder.onCall);
        hasListener = builder.onEvent != null || !callListeners.isEmpty();
        script = builder.script;
        long[] client = new long[1];
        long[] error = new long[1];
        long[] providers = new long[1];
        List<Long> asked = new ArrayList<>();
        CApi.cardwire_providers_new(providers, 0);
        for (Map.Entry<String, CredentialProvider> named : builder.providers.entrySet()) {
            byte[] name = Text.utf8(named.getKey(), "name");
            long number = Providers.ALL.add(named.getValue());
            asked.add(number);
            CApi.cardwire_providers_set(providers[0], name, name.length, CApi.ON_ASK_ADDRESS, number, null);
        }
        long listener = builder.onEvent != null ? Listeners.ALL.add(builder.onEvent) : 0;
        long onEvent = hasListener ? CApi.ON_EVENT_ADDRESS : 0;
        int status =
                CApi.cardwire_client_new_with_providers(
                        config, config.length, providers[0], onEvent, listener, client, error);
        CApi.cardwire_providers_free(providers[0]);
        if (status != 0) {
            Listeners.ALL.remove(listener);
            asked.forEach(Providers.ALL::remove);
            throw CardwireException.take(error[0]);
        }
        handle =
                new Handle(
                        this,
                        "client",
                        client[0],
                        open -> {
                            CApi.cardwire_client_free(open);
                            Listeners.ALL.remove(listener);
                            asked.forEach(Providers.ALL::remove);
                        });
        long[] lent = new long[1];
        CallOptions.check(CApi.cardwire_client_journal(client[0], lent, error), error);
        journal = new Handle(this, "journal", lent[0], CApi::cardwire_journal_free);
    }

    /**
     * Makes a client of a configuration document.
     *
     * @param config a JSON document
     * @return the client
     * @throws CardwireException {@link Kind#INVALID_CONFIG}, naming the key
     */
    public static Client fromJson(String config) {
        return builder().config(config).build();
    }

    /** {@return a builder of a client, for one with a listener, an executor or providers} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the version of the native library, such as {@code 0.1.0}} */
    public static String version() {
        CApi.ensure();
        return CApi.text(CApi.cardwire_version());
    }

    /**
     * Reads the card in a photo, with the first vendor that takes it: of those that the options name, or
     * of those configured.
     *
     * @param image the photo
     * @param options the options of this call
     * @return what the vendor read
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Recognition recognize(Image image, CallOptions options) {
        return Call.blocking(this, Recognition.class, options, Request.recognition(image));
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
     * @param image the photo: JPEG, PNG, BMP or WebP
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
     * Begins {@link #recognize(Image, CallOptions)} and returns at once.
     *
     * @param image the photo
     * @param options the options of this call
     * @return what the vendor read, in time
     */
    public CompletableFuture<Recognition> recognizeAsync(Image image, CallOptions options) {
        return Call.async(this, Recognition.class, options, executor, Request.recognition(image));
    }

    /**
     * Begins {@link #recognize(Image)} and returns at once.
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
     * @param cardholder the person to verify
     * @param options the options of this call
     * @return what the vendor says; only {@link Outcome#MATCH} says that they do
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Verification verify(Cardholder cardholder, CallOptions options) {
        return Call.blocking(this, Verification.class, options, Request.verification(cardholder));
    }

    /**
     * Asks whether a card, a name and an ID number belong together, the configuration's own way.
     *
     * @param cardholder the person to verify
     * @return what the vendor says; only {@link Outcome#MATCH} says that they do
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Verification verify(Cardholder cardholder) {
        return verify(cardholder, CallOptions.defaults());
    }

    /**
     * Begins {@link #verify(Cardholder, CallOptions)} and returns at once.
     *
     * @param cardholder the person to verify
     * @param options the options of this call
     * @return what the vendor says, in time
     */
    public CompletableFuture<Verification> verifyAsync(Cardholder cardholder, CallOptions options) {
        return Call.async(this, Verification.class, options, executor, Request.verification(cardholder));
    }

    /**
     * Begins {@link #verify(Cardholder)} and returns at once.
     *
     * @param cardholder the person to verify
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
     * @param options the options of this call
     * @return what the vendor knows
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public CardLookup lookupCard(String cardNumber, CallOptions options) {
        return Call.blocking(this, CardLookup.class, options, Request.lookup(cardNumber));
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
     * Begins {@link #lookupCard(String, CallOptions)} and returns at once.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @param options the options of this call
     * @return what the vendor knows, in time
     */
    public CompletableFuture<CardLookup> lookupCardAsync(String cardNumber, CallOptions options) {
        return Call.async(this, CardLookup.class, options, executor, Request.lookup(cardNumber));
    }

    /**
     * Begins {@link #lookupCard(String)} and returns at once.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @return what the vendor knows, in time
     */
    public CompletableFuture<CardLookup> lookupCardAsync(String cardNumber) {
        return lookupCardAsync(cardNumber, CallOptions.defaults());
    }

    /**
     * Looks up the issuer of a card by the first digits of its number, in the table of prefixes that is built in or
     * configured as {@code issuers}. Nothing is sent.
     *
     * @param cardNumber 12 to 19 digits, blanks and dashes between them aside
     * @return the issuer, where the prefix is known
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} for what is no card number
     */
    public Optional<Issuer> lookupIssuer(String cardNumber) {
        byte[] digits = Text.utf8(Objects.requireNonNull(cardNumber, "cardNumber"), "card_number");
        long[] issuer = new long[1];
        long[] error = new long[1];
        try (NativeBytes number = new NativeBytes(digits)) {
            int status = CApi.cardwire_lookup_issuer(handle.get(), number.address(), number.length(), issuer, error);
            handle.check(status, error);
        } finally {
            Reference.reachabilityFence(this);
        }
        if (issuer[0] == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Document.parse(
                                    CApi.text(
                                            CApi.cardwire_issuer_json(issuer[0]),
                                            CApi.cardwire_issuer_json_len(issuer[0])))
                            .read(Issuer.class));
        } finally {
            CApi.cardwire_issuer_free(issuer[0]);
        }
    }

    /**
     * Returns the state of each account in this process, in the order of the configuration: its breaker, what it is
     * not asked for a while, what is left of its quota, and the age of its token. Nothing is sent.
     *
     * @return the accounts
     */
    public List<AccountHealth> health() {
        long[] health = new long[1];
        long[] error = new long[1];
        try {
            handle.check(CApi.cardwire_client_health(handle.get(), health, error), error);
        } finally {
            Reference.reachabilityFence(this);
        }
        try {
            return Document.parseAll(
                    CApi.text(
                            CApi.cardwire_account_health_json(health[0]),
                            CApi.cardwire_account_health_json_len(health[0])),
                    AccountHealth.class);
        } finally {
            CApi.cardwire_account_health_free(health[0]);
        }
    }

    /**
     * Fetches the images and the result that a vendor keeps under an order number.
     *
     * @param orderId the order number of an earlier call
     * @param options the options of this call
     * @return what the vendor keeps
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public Order fetchOrder(String orderId, CallOptions options) {
        return Call.blocking(this, Order.class, options, Request.order(orderId));
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
     * Begins {@link #fetchOrder(String, CallOptions)} and returns at once.
     *
     * @param orderId the order number of an earlier call
     * @param options the options of this call
     * @return what the vendor keeps, in time
     */
    public CompletableFuture<Order> fetchOrderAsync(String orderId, CallOptions options) {
        return Call.async(this, Order.class, options, executor, Request.order(orderId));
    }

    /**
     * Begins {@link #fetchOrder(String)} and returns at once.
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
     * @param options the options of the batch
     * @return the results, as they finish
     */
    public Batch<Recognition> recognizeMany(
            Iterator<? extends BatchInput<Image>> images, BatchOptions options) {
        return new Batch<>(this, Recognition.class, "recognize_many", "image", images, options);
    }

    /**
     * Recognises every photo of a collection, a bounded number at a time.
     *
     * @param images the photos
     * @param options the options of the batch
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
     * @param cardholders the persons to verify; taken on the thread that takes results, and only as calls end
     * @param options the options of the batch
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(
            Iterator<? extends BatchInput<Cardholder>> cardholders, BatchOptions options) {
        return new Batch<>(this, Verification.class, "verify_many", "cardholder", cardholders, options);
    }

    /**
     * Verifies every cardholder of a collection, a bounded number at a time.
     *
     * @param cardholders the persons to verify
     * @param options the options of the batch
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(
            Iterable<? extends BatchInput<Cardholder>> cardholders, BatchOptions options) {
        return verifyMany(Objects.requireNonNull(cardholders, "cardholders").iterator(), options);
    }

    /**
     * Verifies every cardholder of a collection, 16 at a time.
     *
     * @param cardholders the persons to verify
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(Iterable<? extends BatchInput<Cardholder>> cardholders) {
        return verifyMany(cardholders, BatchOptions.defaults());
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
        journal.close();
    }

    /** Shows nothing of the configuration. */
    @Override
    public String toString() {
        return handle.isOpen() ? "Client[open]" : "Client[closed]";
    }

    List<Supplier<? extends Consumer<? super Event>>> callListeners() {
        return callListeners;
    }

    boolean hasListener() {
        return hasListener;
    }

    Handle handle() {
        return handle;
    }

    boolean isScripted() {
        return script != null;
    }

    /** Begins a call: returns its turn among those that the script answers, or null where there is no script. */
    <T> Script.Turn<T> turn(Class<T> type) {
        return script == null ? null : script.begin(type);
    }

    /** Returns the result of a call that ended, or throws its error. */
    <T> T result(End end, Class<T> type, Request request, CallOptions options) {
        if (script == null) {
            return end.result(handle, type);
        }
        return script.answer(type, () -> end.result(handle, type), request, options);
    }

    @Override
    Handle journal() {
        return journal;
    }
}
