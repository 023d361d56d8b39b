package io.cardwire;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Objects;

/** One of the library's operations with its arguments. */
final class Request {
    private final JsonObject document = new JsonObject();

    /** The photo, where its bytes are given. */
    private final byte[] photo;

    private Request(String operation, byte[] photo) {
        document.addProperty("operation", operation);
        this.photo = photo;
    }

    private Request(String operation, String argument, String text) {
        this(operation, null);
        document.addProperty(argument, text);
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
        request.document.addProperty("name", cardholder.name());
        request.document.addProperty("id_number", cardholder.idNumber());
        request.document.addProperty("phone", cardholder.phone());
        return request;
    }

    /** Returns the request for an input of a batch. */
    static Request of(Object input) {
        return input instanceof Image image ? recognition(image) : verification((Cardholder) input);
    }

    static Request batch(String operation, int concurrency) {
        Request request = new Request(operation, null);
        request.document.addProperty("concurrency", concurrency);
        return request;
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

    /** Returns the document that the library reads. */
    private byte[] utf8(CallOptions options) {
        JsonObject wanted = options.document();
        check(document);
        check(wanted);
        JsonObject whole = document.deepCopy();
        whole.add("options", wanted);
        return Text.utf8(whole.toString(), "request");
    }

    /** Refuses a text that UTF-8 cannot hold, by the name of its argument. */
    private static void check(JsonObject texts) {
        for (Map.Entry<String, JsonElement> entry : texts.entrySet()) {
            if (entry.getValue().isJsonPrimitive()) {
                Text.utf8(entry.getValue().getAsString(), entry.getKey());
            }
        }
    }
}
