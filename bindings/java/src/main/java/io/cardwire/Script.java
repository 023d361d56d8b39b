package io.cardwire;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers for a client that asks nobody, for tests of a program that is given a {@link Client}.
 *
 * <pre>{@code
 * Script script = Script.of(
 *         Answer.recognition("6222020000000000000").make(),
 *         Answer.error(Kind.TIMEOUT).with("sent", Sent.UNKNOWN).make());
 * try (Client client = script.client()) {
 *     client.recognize(photo);
 * }
 * }</pre>
 *
 * <p>Each call of the client takes the next answer, and calls under way at the same time take theirs in the order in which
 * they began. Vendor, account, order number and attempt that an answer does not say are those of its call. The client has
 * an account of every vendor. It is a real one, whose provider of credentials ends each call when everything else is done:
 * arguments are checked, vendors chosen and order numbers made as ever, and a refused call consumes no answer. The inputs of
 * a batch are asked one at a time, in their order, and take their answers as their results are taken. There is no journal. A
 * call without an answer throws a {@link ScriptError}.
 */
public final class Script {
    /** What the provider throws: the call passed every check. */
    private static final class Stop extends Exception {
        private static final long serialVersionUID = 1;
    }

    private static final CredentialProvider STOP =
            ask -> {
                throw new Stop();
            };

    private static final Pattern MISSING = Pattern.compile("vendors\\[0\\]\\.(\\w+): ");

    private static final Map<String, JsonObject> ENTRIES = new ConcurrentHashMap<>();

    private static final Map<Class<?>, Operation> OPERATIONS =
            Map.of(
                    Recognition.class, Operation.RECOGNIZE,
                    Verification.class, Operation.VERIFY,
                    CardLookup.class, Operation.LOOKUP_CARD,
                    Order.class, Operation.FETCH_ORDER);

    private final Deque<CallReport> answers;
    private final List<ScriptedCall> calls = new ArrayList<>();

    /** The calls that have no answer yet, in the order in which they began. */
    private final Deque<Turn<?>> turns = new ArrayDeque<>();

    /** A call's turn among the calls of a script: its answer comes when every call that began before it has ended. */
    final class Turn<T> {
        private final Class<T> type;
        private final CompletableFuture<T> answer = new CompletableFuture<>();

        /** Gives the answer, once the call has ended. */
        private Supplier<T> ended;

        private Turn(Class<T> type) {
            this.type = type;
        }

        /** Has a task run once there is an answer. */
        void then(Runnable task) {
            answer.whenComplete((given, failure) -> task.run());
        }

        /** Tells how the call ended: {@code end} returns its result or throws its error. */
        void end(Supplier<T> end, Request request, CallOptions options) {
            move(this, () -> Script.this.answer(type, end, request, options));
        }

        /** Takes no answer: the call did not begin. */
        void leave() {
            move(this, () -> null);
        }

        /** Waits for the answer, or what refused or cancelled the call. */
        T answer() {
            try {
                return answer.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) e.getCause();
            }
        }

        /** Returns what tells the answer, which is taken now. */
        private Runnable settled() {
            try {
                T given = ended.get();
                return () -> answer.complete(given);
            } catch (RuntimeException | Error e) {
                return () -> answer.completeExceptionally(e);
            }
        }
    }

    synchronized <T> Turn<T> begin(Class<T> type) {
        Turn<T> turn = new Turn<>(type);
        turns.add(turn);
        return turn;
    }

    private <T> void move(Turn<T> turn, Supplier<T> ended) {
        List<Runnable> settled = new ArrayList<>();
        synchronized (this) {
            turn.ended = ended;
            while (!turns.isEmpty() && turns.peek().ended != null) {
                settled.add(turns.remove().settled());
            }
        }
        // The program's own code may run, which makes calls.
        settled.forEach(Runnable::run);
    }

    private Script(List<CallReport> answers) {
        this.answers = new ArrayDeque<>(answers);
    }

    /**
     * Makes a script.
     *
     * @param answers results, and errors to throw, in the order in which calls take them
     * @return the script
     */
    public static Script of(CallReport... answers) {
        return new Script(List.of(answers));
    }

    /**
     * Makes a script of a list.
     *
     * @param answers results, and errors to throw, in the order in which calls take them
     * @return the script
     */
    public static Script of(List<? extends CallReport> answers) {
        return new Script(List.copyOf(answers));
    }

    /** {@return a client that answers from this script} */
    public Client client() {
        return client(Map.of());
    }

    /**
     * Returns a client that answers from this script, with further accounts, for a program that names its own.
     *
     * @param accounts vendors by the names of their accounts
     * @return the client
     */
    public Client client(Map<String, Vendor> accounts) {
        JsonArray entries = new JsonArray();
        for (JsonElement vendor : Contract.all().getAsJsonArray("vendors")) {
            entries.add(entry(vendor.getAsJsonObject().get("vendor").getAsString()));
        }
        accounts.forEach((name, vendor) -> entries.add(Document.with(entry(vendor.slug()), "name", name)));
        return builder(entries).script(this).build();
    }

    /** {@return the calls that were answered, in the order of their answers} A refused call is not among them. */
    public synchronized List<ScriptedCall> calls() {
        return List.copyOf(calls);
    }

    /** {@return the number of answers that no call has taken yet} */
    public synchronized int remaining() {
        return answers.size();
    }

    private static Client.Builder builder(JsonArray entries) {
        JsonObject config = new JsonObject();
        config.add("vendors", entries);
        return Client.builder().config(config.toString()).provider("script", STOP);
    }

    /** Returns a vendor's entry with the fewest keys, each of which the library names as missing. */
    private static JsonObject entry(String vendor) {
        return ENTRIES.computeIfAbsent(vendor, Script::learned);
    }

    private static JsonObject learned(String vendor) {
        JsonObject entry = new JsonObject();
        entry.addProperty("vendor", vendor);
        while (true) {
            JsonArray entries = new JsonArray();
            entries.add(entry);
            try {
                builder(entries).build().close();
                return entry;
            } catch (CardwireException e) {
                Matcher missing = MISSING.matcher(e.getMessage());
                if (e.kind() != Kind.INVALID_CONFIG || !missing.find() || isText(entry.get(missing.group(1)))) {
                    throw e;
                }
                String key = missing.group(1);
                if (entry.has(key)) {
                    // What is no secret is a text, such as an app_id.
                    entry.addProperty(key, "script");
                } else {
                    JsonObject provider = new JsonObject();
                    provider.addProperty("provider", "script");
                    entry.add(key, provider);
                }
            }
        }
    }

    private static boolean isText(JsonElement value) {
        return value != null && value.isJsonPrimitive();
    }

    /** Returns the answer to a call that ended, or throws it, or what refused or cancelled the call. */
    <T> T answer(Class<T> type, Supplier<T> end, Request request, CallOptions options) {
        CallFacts facts;
        try {
            facts = ((CallReport) end.get()).facts();
        } catch (CardwireException e) {
            if (!isOver(e)) {
                throw e;
            }
            facts = e.facts();
        }
        CallReport answer = Answer.filled(next(OPERATIONS.get(type), facts, request, options), facts);
        if (answer instanceof CardwireException error) {
            throw error;
        }
        return type.cast(answer);
    }

    private static boolean isOver(CardwireException end) {
        return end.getCause() instanceof Stop
                || end.vendor() == Vendor.OFFLINE
                        && (end.kind() == Kind.CARD_NOT_FOUND || end.kind() == Kind.IMAGE_REJECTED);
    }

    private synchronized CallReport next(
            Operation operation, CallFacts facts, Request request, CallOptions options) {
        String asked = "call %d, %s, has no answer: ".formatted(calls.size() + 1, operation.slug());
        CallReport answer = answers.peek();
        if (answer == null) {
            throw new ScriptError(asked + "the script is at its end");
        }
        Operation fitting = OPERATIONS.getOrDefault(answer.getClass(), operation);
        if (fitting != operation) {
            throw new ScriptError(asked + "the next one is of " + fitting.slug());
        }
        answers.remove();
        String number = request.text("card_number");
        String name = request.text("name");
        calls.add(
                new ScriptedCall(
                        operation,
                        facts.vendor(),
                        facts.account(),
                        facts.orderId(),
                        options.reference(),
                        request.photo(),
                        request.text("image"),
                        name == null
                                ? null
                                : new Cardholder(
                                        Objects.requireNonNull(number),
                                        name,
                                        request.text("id_number"),
                                        request.text("phone")),
                        name == null ? number : null));
        return answer;
    }
}
