package io.cardwire;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.URI;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
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
    private static final Cleaner CLEANER = Cleaner.create();

    private final State state;
    private final Cleaner.Cleanable cleanable;
    private final Executor executor;

    /** What is to be freed; it does not know the client, so that the client can be collected. */
    private static final class State implements Runnable {
        final AtomicLong handle;
        final long listener;

        State(long handle, long listener) {
            this.handle = new AtomicLong(handle);
            this.listener = listener;
        }

        @Override
        public void run() {
            long open = handle.getAndSet(0);
            if (open != 0) {
                CApi.cardwire_client_free(open);
                Listeners.remove(listener);
            }
        }
    }

    /** Collects what a client is made of. */
    public static final class Builder {
        private String config;
        private Consumer<? super Event> onEvent;
        private Executor executor;

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
         * Tells the client's attempts as they start and end, and each token. The listener runs on the
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
         * Where results of {@code ...Async} calls are read and what depends on their futures runs; where
         * none is given, where {@link CompletableFuture} runs asynchronous tasks. An executor that runs
         * tasks on the calling thread lends the library's own threads to them: such tasks may not wait for
         * a call.
         *
         * @param executor the executor; it is not shut down
         * @return this builder
         */
        public Builder executor(Executor executor) {
            this.executor = Objects.requireNonNull(executor, "executor");
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
        if (builder.onEvent == null) {
            status = CApi.cardwire_client_new(config, config.length, client, error);
        } else {
            listener = Listeners.add(builder.onEvent);
            status =
                    CApi.cardwire_client_new_observed(
                            config, config.length, CApi.ON_EVENT_ADDRESS, listener, client, error);
        }
        if (status != 0) {
            Listeners.remove(listener);
            throw CardwireException.take(error[0]);
        }
        state = new State(client[0], listener);
        cleanable = CLEANER.register(this, state);
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
        return blocking(Call.RECOGNITION, options, recognition(image));
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
        return async(Call.RECOGNITION, options, recognition(image));
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
        return blocking(Call.VERIFICATION, options, verification(cardholder));
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
        return async(Call.VERIFICATION, options, verification(cardholder));
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
     * @param cardNumber 12 to 19 digits, spaces and dashes aside
     * @param options what this call wants otherwise
     * @return what the vendor knows
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public CardLookup lookupCard(String cardNumber, CallOptions options) {
        return blocking(Call.CARD_LOOKUP, options, lookup(cardNumber));
    }

    /**
     * Asks a vendor who issued a card number, the configuration's own way.
     *
     * @param cardNumber 12 to 19 digits, spaces and dashes aside
     * @return what the vendor knows
     * @throws CardwireException see {@link Kind}; it says what was sent and billed
     */
    public CardLookup lookupCard(String cardNumber) {
        return lookupCard(cardNumber, CallOptions.defaults());
    }

    /**
     * {@link #lookupCard(String, CallOptions)} that returns at once.
     *
     * @param cardNumber 12 to 19 digits, spaces and dashes aside
     * @param options what this call wants otherwise
     * @return what the vendor knows, in time
     */
    public CompletableFuture<CardLookup> lookupCardAsync(String cardNumber, CallOptions options) {
        return async(Call.CARD_LOOKUP, options, lookup(cardNumber));
    }

    /**
     * {@link #lookupCard(String)} that returns at once.
     *
     * @param cardNumber 12 to 19 digits, spaces and dashes aside
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
        return blocking(Call.ORDER, options, order(orderId));
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
        return async(Call.ORDER, options, order(orderId));
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
    public Batch<Recognition> recognizeMany(Iterator<Image> images, BatchOptions options) {
        return new Batch<>(images, "image", options, this::recognizeAsync);
    }

    /**
     * Recognises every photo of a collection, a bounded number at a time.
     *
     * @param images the photos
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Recognition> recognizeMany(Iterable<Image> images, BatchOptions options) {
        return recognizeMany(Objects.requireNonNull(images, "images").iterator(), options);
    }

    /**
     * Recognises every photo of a collection, 16 at a time.
     *
     * @param images the photos
     * @return the results, as they finish
     */
    public Batch<Recognition> recognizeMany(Iterable<Image> images) {
        return recognizeMany(images, BatchOptions.defaults());
    }

    /**
     * Verifies every cardholder of an iterator, a bounded number at a time.
     *
     * @param cardholders whom to verify; taken on the thread that takes results, and only as calls end
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(Iterator<Cardholder> cardholders, BatchOptions options) {
        return new Batch<>(cardholders, "cardholder", options, this::verifyAsync);
    }

    /**
     * Verifies every cardholder of a collection, a bounded number at a time.
     *
     * @param cardholders whom to verify
     * @param options how the batch is worked through
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(Iterable<Cardholder> cardholders, BatchOptions options) {
        return verifyMany(Objects.requireNonNull(cardholders, "cardholders").iterator(), options);
    }

    /**
     * Verifies every cardholder of a collection, 16 at a time.
     *
     * @param cardholders whom to verify
     * @return the results, as they finish
     */
    public Batch<Verification> verifyMany(Iterable<Cardholder> cardholders) {
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
        cleanable.clean();
    }

    /** Shows nothing of the configuration. */
    @Override
    public String toString() {
        return state.handle.get() == 0 ? "Client[closed]" : "Client[open]";
    }

    /** The library's client; another thread may free it at any time, which the library then says. */
    long handle() {
        long handle = state.handle.get();
        if (handle == 0) {
            throw closed();
        }
        return handle;
    }

    /** The library's refusal; a client that was freed meanwhile is a closed one. */
    CardwireException refusal(CardwireException refusal) {
        boolean freed = "client".equals(refusal.argument()) && state.handle.get() == 0;
        return freed ? closed() : refusal;
    }

    private static CardwireException closed() {
        return CardwireException.of(Kind.CLOSED, null, "the client was closed");
    }

    private static Call.Start recognition(Image image) {
        return Objects.requireNonNull(image, "image")::start;
    }

    private static Call.Start verification(Cardholder cardholder) {
        Objects.requireNonNull(cardholder, "cardholder");
        return (client, options, call, error) -> {
            long open = open(cardholder);
            try {
                return CApi.cardwire_verify_start(client, open, options, CApi.DONE_ADDRESS, call, error);
            } finally {
                CApi.cardwire_cardholder_free(open);
            }
        };
    }

    private static long open(Cardholder cardholder) {
        byte[] number = Text.utf8(cardholder.cardNumber(), "card_number");
        byte[] name = Text.utf8(cardholder.name(), "name");
        byte[] id = cardholder.idNumber() == null ? null : Text.utf8(cardholder.idNumber(), "id_number");
        byte[] phone = cardholder.phone() == null ? null : Text.utf8(cardholder.phone(), "phone");
        long[] made = new long[1];
        long[] error = new long[1];
        CallOptions.check(
                CApi.cardwire_cardholder_new(number, number.length, name, name.length, made, error), error);
        long open = made[0];
        try {
            if (id != null) {
                CallOptions.check(CApi.cardwire_cardholder_set_id_number(open, id, id.length, error), error);
            }
            if (phone != null) {
                CallOptions.check(CApi.cardwire_cardholder_set_phone(open, phone, phone.length, error), error);
            }
            return open;
        } catch (RuntimeException | Error e) {
            CApi.cardwire_cardholder_free(open);
            throw e;
        }
    }

    private static Call.Start lookup(String cardNumber) {
        Objects.requireNonNull(cardNumber, "cardNumber");
        return (client, options, call, error) -> {
            byte[] number = Text.utf8(cardNumber, "card_number");
            return CApi.cardwire_lookup_card_start(
                    client, number, number.length, options, CApi.DONE_ADDRESS, call, error);
        };
    }

    private static Call.Start order(String orderId) {
        Objects.requireNonNull(orderId, "orderId");
        return (client, options, call, error) -> {
            byte[] number = Text.utf8(orderId, "order_id");
            return CApi.cardwire_fetch_order_start(
                    client, number, number.length, options, CApi.DONE_ADDRESS, call, error);
        };
    }

    private <T> CompletableFuture<T> async(Call.Type<T> type, CallOptions options, Call.Start start) {
        Objects.requireNonNull(options, "options");
        Call<T> call = new Call<>(this, type, options.cancellation(), executor);
        call.start(options, start);
        Reference.reachabilityFence(this);
        return call.future;
    }

    /** Waits without the library's thread or a pool's: the result is read on this one. */
    private <T> T blocking(Call.Type<T> type, CallOptions options, Call.Start start) {
        Objects.requireNonNull(options, "options");
        CompletableFuture<Runnable> handover = new CompletableFuture<>();
        Call<T> call = new Call<>(this, type, options.cancellation(), handover::complete);
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            call.cancel();
        }
        call.start(options, start);
        while (!call.future.isDone()) {
            try {
                handover.get().run();
            } catch (InterruptedException e) {
                interrupted = true;
                call.cancel();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        Reference.reachabilityFence(this);
        try {
            return call.future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
