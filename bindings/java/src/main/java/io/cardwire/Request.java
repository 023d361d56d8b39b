package io.cardwire;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** One of the library's operations with its arguments. */
final class Request {
    /** Texts and numbers, or null, by their names in the document that the library reads. */
    private final Map<String, Object> arguments = new LinkedHashMap<>();

    /** The photo, where its bytes are given. */
    private final byte[] photo;

    private Request(String operation, byte[] photo) {
        arguments.put("operation", operation);
        this.photo = photo;
    }

    private Request(String operation, String argument, String text) {
        this(operation, null);
        arguments.put(argument, text);
    }

    static Request recognition(Image image) {
        return Objects.requireNonNull(image, "image").request();
    }

    static Request photo(byte[] photo) {
        return new Request("recognize", photo);
    }

    static Request file(String path) {
        return new Request("recognize_file", "image", path);
    }

    static Request url(String url) {
        return new Request("recognize_url", "image", url);
    }

    static Request lookup(String cardNumber) {
        return new Request("lookup_card", "card_number", Objects.requireNonNull(cardNumber, "cardNumber"));
    }

    static Request order(String orderId) {
        return new Request("fetch_order", "order_id", Objects.requireNonNull(orderId, "orderId"));
    }

    static Request verification(Cardholder cardholder) {
        Objects.requireNonNull(cardholder, "cardholder");
        Request request = new Request("verify", "card_number", cardholder.cardNumber());
        request.arguments.put("name", cardholder.name());
        request.arguments.put("id_number", cardholder.idNumber());
        request.arguments.put("phone", cardholder.phone());
        return request;
    }

    /** Returns the request for an input of a batch. */
    static Request of(Object input) {
        return input instanceof Image image ? recognition(image) : verification((Cardholder) input);
    }

    static Request batch(String operation, int concurrency) {
        Request request = new Request(operation, null);
        request.arguments.put("concurrency", concurrency);
        return request;
    }

    /** Returns a text among the arguments, or null where it is not given. */
    String text(String argument) {
        return (String) arguments.get(argument);
    }

    /** Returns the photo, or null where no bytes are given. */
    byte[] photo() {
        return photo;
    }

    /** Hands the request to a function of the library that takes it for one of its objects. */
    void give(Handle object, CallOptions options, CApi.Taker function) {
        long[] error = new long[1];
        try (NativeBytes document = new NativeBytes(utf8(options));
                NativeBytes photo = new NativeBytes(this.photo)) {
            long to = object.get();
            int status =
                    function.take(
                            to, document.address(), document.length(), photo.address(), photo.length(), error);
            object.check(status, error);
        }
    }

    /** Writes the document. */
    private byte[] utf8(CallOptions options) {
        StringWriter text = new StringWriter();
        try (JsonWriter document = new JsonWriter(text)) {
            document.beginObject();
            for (Map.Entry<String, Object> argument : arguments.entrySet()) {
                document.name(argument.getKey());
                if (argument.getValue() instanceof Number number) {
                    document.value(number);
                } else {
                    document.value(Text.whole((String) argument.getValue(), argument.getKey()));
                }
            }
            if (!options.isDefault()) {
                document.name("options").jsonValue(options.json());
            }
            document.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
