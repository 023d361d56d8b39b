package io.cardwire;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A result or an error that a test makes. Fields are set by the names that they have in {@link Recognition}, {@link
 * Verification}, {@link CardLookup}, {@link Order}, {@link CardwireException} and {@link CallFacts}. Where they are not
 * set, {@code sent} and {@code billed} of a result are {@code YES}, as in a vendor's answer, and those of an error {@code
 * NO}, as is {@code billed} of an order; another field has the value that says nothing: null, {@code UNKNOWN}, empty.
 *
 * <pre>{@code
 * Recognition card = Answer.recognition("6222020000000000000").with("billed", Billed.YES).make();
 * CardwireException late = Answer.error(Kind.TIMEOUT).with("sent", Sent.UNKNOWN).make();
 * }</pre>
 *
 * @param <T> what is made
 */
public final class Answer<T extends CallReport> {
    private static final byte[] NO_ANSWER = "{}".getBytes(StandardCharsets.UTF_8);

    private final Class<T> type;

    /** The name of the record in the library's own list. */
    private final String record;

    private final List<Document.Field> fields;

    private final JsonObject document = new JsonObject();

    private byte[] raw = NO_ANSWER;

    private List<NumberCandidate> candidates = List.of();

    private Answer(Class<T> type, String record, Class<?> fields) {
        this.type = type;
        this.record = record;
        this.fields =
                Stream.concat(Document.fields(fields).stream(), Document.fields(CallFacts.class).stream()).toList();
        for (JsonElement field : described()) {
            JsonObject described = field.getAsJsonObject();
            document.add(described.get("name").getAsString(), absent(described));
        }
    }

    /**
     * Begins a result of {@link Client#recognize(Image)}.
     *
     * @param cardNumber the card number
     * @return the answer, whose other fields may be set
     */
    public static Answer<Recognition> recognition(String cardNumber) {
        return result(Recognition.class).with("cardNumber", cardNumber);
    }

    /**
     * Begins a result of {@link Client#verify(Cardholder)}.
     *
     * @param outcome match, mismatch, or the vendor cannot tell
     * @return the answer, whose other fields may be set
     */
    public static Answer<Verification> verification(Outcome outcome) {
        return result(Verification.class).with("outcome", outcome);
    }

    /**
     * Begins a result of {@link Client#lookupCard(String)}.
     *
     * @param found whether the vendor knows the card
     * @return the answer, whose other fields may be set
     */
    public static Answer<CardLookup> cardLookup(boolean found) {
        return result(CardLookup.class).with("found", found);
    }

    /**
     * Begins a result of {@link Client#fetchOrder(String)}.
     *
     * @param orderId the order number
     * @return the answer, whose other fields may be set
     */
    public static Answer<Order> order(String orderId) {
        return result(Order.class).with("orderId", orderId).with("billed", Billed.NO);
    }

    /**
     * Begins an error. Beside its other fields {@code message} may be set.
     *
     * @param kind the kind
     * @return the answer, whose other fields may be set
     */
    public static Answer<CardwireException> error(Kind kind) {
        Answer<CardwireException> error =
                new Answer<>(CardwireException.class, "error", CardwireException.Fields.class);
        error.document.addProperty("number", kind.number());
        return error.with("kind", kind).with("message", "made by a test");
    }

    private static <T extends CallResult> Answer<T> result(Class<T> type) {
        return new Answer<>(type, Document.snakeCase(type.getSimpleName()), type)
                .with("sent", Sent.YES)
                .with("billed", Billed.YES);
    }

    /** Returns an answer with what it does not say of its call: vendor, account, order number and attempt. */
    static CallReport filled(CallReport answer, CallFacts call) {
        CallFacts given = answer.facts();
        Vendor vendor = given.vendor() == null ? call.vendor() : given.vendor();
        String account = given.account();
        if (account == null && vendor != null) {
            account = vendor == call.vendor() ? call.account() : vendor.slug();
        }
        String orderId = given.orderId() == null ? call.orderId() : given.orderId();
        Sent sent = vendor == Vendor.OFFLINE ? Sent.NO : given.sent();
        Billed billed = vendor == Vendor.OFFLINE ? Billed.NO : given.billed();
        CardwireException error = answer instanceof CardwireException thrown ? thrown : null;
        String json = error == null ? ((CallResult) answer).toJson() : error.toJson();
        JsonObject document = JsonParser.parseString(json).getAsJsonObject();
        List<Attempt> attempts = given.attempts();
        if (attempts.isEmpty() && vendor != null && orderId != null && (error == null || sent != Sent.NO)) {
            JsonElement code = document.get("vendor_code");
            boolean hasCode = code != null && !code.isJsonNull() && !code.getAsString().isEmpty();
            attempts =
                    List.of(
                            new Attempt(
                                    vendor,
                                    account,
                                    error == null ? null : error.kind(),
                                    hasCode ? code.getAsString() : null,
                                    orderId,
                                    sent,
                                    billed,
                                    Duration.ZERO));
        }
        document.add("vendor", Document.json(vendor));
        document.add("account", Document.json(account));
        document.add("order_id", Document.json(orderId));
        document.add("sent", Document.json(sent));
        document.add("billed", Document.json(billed));
        document.add("attempts", Document.json(attempts));
        if (error == null) {
            return Document.parse(document.toString(), ((CallResult) answer).raw().clone()).read(answer.getClass());
        }
        return CardwireException.read(
                document.toString(),
                new CardwireException.Beside(error.getMessage(), error.getCause(), error.candidates()));
    }

    /**
     * Sets a field.
     *
     * @param field its name, in Java's words
     * @param value its value, of the field's own type
     * @return this answer
     * @throws IllegalArgumentException if there is no such field, or none of this type
     */
    public Answer<T> with(String field, Object value) {
        Objects.requireNonNull(value, "value");
        switch (field) {
            case "raw" -> {
                known("raw", field);
                raw = of(byte[].class, field, value);
            }
            case "message" -> document.addProperty(known("message", field), of(String.class, field, value));
            case "candidates" -> {
                known("candidates", field);
                candidates = new ArrayList<>();
                for (Object candidate : of(List.class, field, value)) {
                    candidates.add(of(NumberCandidate.class, field, candidate));
                }
            }
            default -> {
                Document.Field found =
                        fields.stream()
                                .filter(one -> one.name().equals(field) && document.has(one.key()))
                                .findFirst()
                                .orElseThrow(() -> unknown(field));
                document.add(found.key(), Document.json(of(wrapped(found.type()), field, value)));
                if (value instanceof List<?> list) {
                    list.forEach(element -> of(found.element(), field, element));
                }
            }
        }
        return this;
    }

    /** {@return the result or the error} */
    public T make() {
        if (type != CardwireException.class) {
            document.add("raw", read(raw));
            return Document.parse(document.toString(), raw.clone()).read(type);
        }
        JsonObject error = document.deepCopy();
        Stream.of("text", "candidates").forEach(error::remove);
        if (error.get("order").isJsonNull()) {
            error.remove("order");
        }
        String line = document.get("kind").getAsString() + ": " + document.get("message").getAsString();
        return type.cast(
                CardwireException.read(error.toString(), new CardwireException.Beside(line, null, List.copyOf(candidates))));
    }

    private JsonArray described() {
        return Contract.all().getAsJsonObject("records").getAsJsonArray(record);
    }

    /** Returns the value of a field of which nothing is known. */
    private static JsonElement absent(JsonObject described) {
        if (described.get("optional").getAsBoolean()) {
            return JsonNull.INSTANCE;
        }
        JsonElement inError = Contract.error().get(described.get("name").getAsString());
        return switch (described.get("shape").getAsString()) {
            case "list" -> new JsonArray();
            case "flag" -> new JsonPrimitive(false);
            case "number", "fraction" -> new JsonPrimitive(0);
            // As in an error that says nothing: `sent` and `billed` are `no`.
            case "name" -> inError == null ? new JsonPrimitive("unknown") : inError;
            default -> new JsonPrimitive("");
        };
    }

    private String known(String key, String field) {
        if (!document.has(key)) {
            throw unknown(field);
        }
        return key;
    }

    private IllegalArgumentException unknown(String field) {
        return new IllegalArgumentException(type.getSimpleName() + " has no field " + field);
    }

    private <V> V of(Class<V> wanted, String field, Object value) {
        if (!wanted.isInstance(value)) {
            throw new IllegalArgumentException(
                    "%s of %s must be %s, not %s"
                            .formatted(
                                    field,
                                    type.getSimpleName(),
                                    wanted.getSimpleName(),
                                    value.getClass().getSimpleName()));
        }
        return wanted.cast(value);
    }

    private static Class<?> wrapped(Class<?> type) {
        return type == boolean.class ? Boolean.class : type == int.class ? Integer.class : type;
    }

    private static JsonElement read(byte[] answer) {
        String text = new String(answer, StandardCharsets.UTF_8);
        try {
            return JsonParser.parseString(text);
        } catch (JsonParseException e) {
            return new JsonPrimitive(text);
        }
    }

    /** Shows no personal data. */
    @Override
    public String toString() {
        return "Answer[" + type.getSimpleName() + "]";
    }
}
