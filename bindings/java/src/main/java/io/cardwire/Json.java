package io.cardwire;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Reads the library's own JSON documents. */
final class Json {
    private final JsonObject object;

    private Json(JsonObject object) {
        this.object = object;
    }

    static Json parse(String text) {
        return new Json(JsonParser.parseString(text).getAsJsonObject());
    }

    /** The objects of a list, each with its own text. */
    static <T> List<T> parseAll(String text, BiFunction<Json, String, T> read) {
        List<T> list = new ArrayList<>();
        for (JsonElement element : JsonParser.parseString(text).getAsJsonArray()) {
            list.add(read.apply(new Json(element.getAsJsonObject()), element.toString()));
        }
        return List.copyOf(list);
    }

    private <T> T value(String key, Function<JsonElement, T> read) {
        JsonElement element = object.get(key);
        return element == null || element.isJsonNull() ? null : read.apply(element);
    }

    String text(String key) {
        return value(key, JsonElement::getAsString);
    }

    boolean flag(String key) {
        return Boolean.TRUE.equals(value(key, JsonElement::getAsBoolean));
    }

    Integer number(String key) {
        return value(key, JsonElement::getAsInt);
    }

    Duration milliseconds(String key) {
        return value(key, element -> Duration.ofMillis(element.getAsLong()));
    }

    /** A moment in milliseconds since 1970. */
    Instant instant(String key) {
        return value(key, element -> Instant.ofEpochMilli(element.getAsLong()));
    }

    /** An object within, with its own text; null where there is none. */
    <T> T object(String key, BiFunction<Json, String, T> read) {
        return value(key, element -> read.apply(new Json(element.getAsJsonObject()), element.toString()));
    }

    /** The same without its text. */
    <T> T object(String key, Function<Json, T> read) {
        return value(key, element -> read.apply(new Json(element.getAsJsonObject())));
    }

    /** Bytes that stand there as base64; null where there are none. */
    byte[] bytes(String key) {
        return value(key, element -> Base64.getDecoder().decode(element.getAsString()));
    }

    <T> List<T> list(String key, Function<Json, T> read) {
        JsonArray array = value(key, JsonElement::getAsJsonArray);
        List<T> list = new ArrayList<>();
        if (array != null) {
            array.forEach(element -> list.add(read.apply(new Json(element.getAsJsonObject()))));
        }
        return List.copyOf(list);
    }

    /** One of an enumeration's values by its name; null where there is no name. */
    <E extends Enum<E>> E named(String key, E[] values, Function<E, String> slug) {
        String name = text(key);
        if (name == null) {
            return null;
        }
        for (E value : values) {
            if (slug.apply(value).equals(name)) {
                return value;
            }
        }
        throw CardwireException.of(
                Kind.INTERNAL, null, key + ": the native library is newer than this jar: it says " + name);
    }

    Vendor vendor() {
        return named("vendor", Vendor.values(), Vendor::slug);
    }

    Sent sent() {
        return named("sent", Sent.values(), Sent::slug);
    }

    Billed billed() {
        return named("billed", Billed.values(), Billed::slug);
    }

    /** The kind of a failure, null for {@code ok}. */
    Kind failure() {
        return "ok".equals(text("outcome")) ? null : named("outcome", Kind.values(), Kind::slug);
    }

    Operation operation() {
        return named("operation", Operation.values(), Operation::slug);
    }
}
