package io.cardwire;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.File;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a call did not give a result, with everything that is known about it.
 *
 * <p>Its message is one line: kind, problem, vendor, vendor code, request id and order number. Neither the
 * message nor {@link #toJson()} holds a card number, an ID number, a name, a secret or an image.
 */
public final class CardwireException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final String argument;
    private final String path;
    private final Integer osError;
    private final String vendorCode;
    private final String vendorMessage;
    private final Integer httpStatus;
    private final boolean retryable;
    private final Duration retryAfter;
    private final NetworkCause networkCause;
    private final CallFacts facts;
    private final OrderRecord order;
    private final String json;

    private CardwireException(String line, Json json, String text, Throwable thrown) {
        super(line);
        this.kind = json.named("kind", Kind.values(), Kind::slug);
        this.argument = json.text("argument");
        this.path = json.text("path");
        this.osError = json.number("os_error");
        this.vendorCode = json.text("vendor_code");
        this.vendorMessage = json.text("vendor_message");
        this.httpStatus = json.number("http_status");
        this.retryable = json.flag("retryable");
        this.retryAfter = json.milliseconds("retry_after_ms");
        this.networkCause = json.object("cause", NetworkCause::read);
        this.facts = CallFacts.read(json);
        this.order = json.object("order", OrderRecord::read);
        this.json = text;
        if (thrown != null) {
            initCause(thrown);
        } else if (path != null && osError != null) {
            initCause(fileException(path, osError));
        } else if (networkCause != null) {
            initCause(networkCause.asException());
        }
    }

    private CardwireException(Kind kind, String argument, String message, String json) {
        super(kind.slug() + ": " + message);
        this.kind = kind;
        this.argument = argument;
        this.path = null;
        this.osError = null;
        this.vendorCode = null;
        this.vendorMessage = null;
        this.httpStatus = null;
        this.retryable = false;
        this.retryAfter = null;
        this.networkCause = null;
        this.facts = CallFacts.none();
        this.order = null;
        this.json = json;
    }

    private static final boolean WINDOWS = File.separatorChar == '\\';

    /** Numbers of the system for the errors that Java has classes for: errno, and Windows's own. */
    private static final Set<Integer> NO_SUCH_FILE = WINDOWS ? Set.of(2, 3) : Set.of(2);

    private static final Set<Integer> ACCESS_DENIED = WINDOWS ? Set.of(5) : Set.of(1, 13);

    private static final Set<Integer> ALREADY_THERE = WINDOWS ? Set.of(80, 183) : Set.of(17);

    /** Java's own exception about a file. */
    private static FileSystemException fileException(String path, int osError) {
        if (NO_SUCH_FILE.contains(osError)) {
            return new NoSuchFileException(path);
        }
        if (ACCESS_DENIED.contains(osError)) {
            return new AccessDeniedException(path);
        }
        if (ALREADY_THERE.contains(osError)) {
            return new FileAlreadyExistsException(path);
        }
        return new FileSystemException(path, null, "error " + osError + " of the system");
    }

    /** Takes an error over from the library and frees it. */
    static CardwireException take(long error) {
        if (error == 0) {
            return of(Kind.INTERNAL, null, "the library gave neither a result nor an error");
        }
        try {
            return read(
                    CApi.text(CApi.cardwire_error_json(error), CApi.cardwire_error_json_len(error)),
                    CApi.text(CApi.cardwire_error_text(error)),
                    Providers.thrown(error));
        } finally {
            CApi.cardwire_error_free(error);
        }
    }

    /** Reads the library's document of an error with its line and what a provider threw. */
    static CardwireException read(String json, String line, Throwable thrown) {
        return new CardwireException(line, Json.parse(json), json, thrown);
    }

    /** A problem found on this side of the library; the document has every field all the same. */
    static CardwireException of(Kind kind, String argument, String message) {
        JsonObject json = new JsonObject();
        json.addProperty("kind", kind.slug());
        json.addProperty("number", kind.number());
        json.addProperty("message", message);
        json.addProperty("argument", argument);
        json.add("path", JsonNull.INSTANCE);
        json.add("os_error", JsonNull.INSTANCE);
        json.add("vendor_code", JsonNull.INSTANCE);
        json.add("vendor_message", JsonNull.INSTANCE);
        json.add("http_status", JsonNull.INSTANCE);
        json.add("retry_after_ms", JsonNull.INSTANCE);
        json.add("cause", JsonNull.INSTANCE);
        json.addProperty("retryable", false);
        json.add("vendor", JsonNull.INSTANCE);
        json.add("account", JsonNull.INSTANCE);
        json.add("order_id", JsonNull.INSTANCE);
        json.add("request_id", JsonNull.INSTANCE);
        json.add("gateway_request_id", JsonNull.INSTANCE);
        json.add("transaction_time", JsonNull.INSTANCE);
        json.addProperty("sent", Sent.NO.slug());
        json.addProperty("billed", Billed.NO.slug());
        json.add("attempts", new JsonArray());
        return new CardwireException(kind, argument, message, json.toString());
    }

    /**
     * The kind.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The kind's stable number, the same in every language.
     *
     * @return the number
     */
    public int code() {
        return kind.number();
    }

    /**
     * The argument that was refused, named as in every language ({@code card_number}).
     *
     * @return the name for {@link Kind#INVALID_ARGUMENT}, else null
     */
    public @Nullable String argument() {
        return argument;
    }

    /**
     * The file that could not be used, where the error is about one. Long numbers and what is not ASCII are
     * masked: photos are named after people. The cause is a {@link java.nio.file.FileSystemException}, such
     * as {@link java.nio.file.NoSuchFileException}.
     *
     * @return the path, or null
     */
    public @Nullable String path() {
        return path;
    }

    /**
     * The operating system's number for why {@link #path()} could not be used.
     *
     * @return errno, on Windows the system's error code, or null where there is none
     */
    public @Nullable Integer osError() {
        return osError;
    }

    /**
     * The vendor's own code, as it came.
     *
     * @return the code, or null where the vendor gave none
     */
    public @Nullable String vendorCode() {
        return vendorCode;
    }

    /**
     * The vendor's own text, cut, with personal data and digit runs masked. It is not part of the message.
     *
     * @return the text, or null where the vendor gave none
     */
    public @Nullable String vendorMessage() {
        return vendorMessage;
    }

    /**
     * The HTTP status of the vendor's answer.
     *
     * @return the status, or null where there was no answer
     */
    public @Nullable Integer httpStatus() {
        return httpStatus;
    }

    /**
     * Returns whether the same call, unchanged, may succeed later and cannot have been billed by this one.
     *
     * @return whether to try again
     */
    public boolean retryable() {
        return retryable;
    }

    /**
     * How long to wait before the next try.
     *
     * @return the time, or null where it is not known
     */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /**
     * The step of the network that failed. {@link #getCause()} is then the {@link java.io.IOException} that
     * Java's own network classes throw there.
     *
     * @return step, host, port and reason, or null where the network did not fail
     */
    public @Nullable NetworkCause networkCause() {
        return networkCause;
    }

    /**
     * The facts of the call.
     *
     * @return vendor, order number, request id, {@code sent}, {@code billed} and the attempts
     */
    public CallFacts facts() {
        return facts;
    }

    /**
     * The vendor that answered or was asked last.
     *
     * @return the vendor, or null when none was chosen
     */
    public @Nullable Vendor vendor() {
        return facts.vendor();
    }

    /**
     * The entry's {@code name} in the configuration, or the vendor's name.
     *
     * @return the name, or null when no vendor was chosen
     */
    public @Nullable String account() {
        return facts.account();
    }

    /**
     * The order number: the caller's own, or one made by the library.
     *
     * @return the order number, or null where the call did not come that far
     */
    public @Nullable String orderId() {
        return facts.orderId();
    }

    /**
     * The vendor's number for the request, to name when asking the vendor.
     *
     * @return the number, or null where the vendor gave none
     */
    public @Nullable String requestId() {
        return facts.requestId();
    }

    /**
     * The number that the gateway before the vendor gave the request, for its own support (Aliyun Cloud
     * Market).
     *
     * @return the number, or null where there is none
     */
    public @Nullable String gatewayRequestId() {
        return facts.gatewayRequestId();
    }

    /**
     * When the vendor says that it answered, as it writes it ({@code tencent_kyc}: {@code 20151022043831},
     * in China Standard Time).
     *
     * @return the vendor's text, or null where it does not say
     */
    public @Nullable String transactionTime() {
        return facts.transactionTime();
    }

    /**
     * The delivery of a complete request to the vendor.
     *
     * @return no, unknown or yes
     */
    public Sent sent() {
        return facts.sent();
    }

    /**
     * The bill of the call, as far as it is known.
     *
     * @return no, unknown or yes
     */
    public Billed billed() {
        return facts.billed();
    }

    /**
     * Each attempt made, oldest first.
     *
     * @return the attempts
     */
    public List<Attempt> attempts() {
        return facts.attempts();
    }

    /**
     * The order that the vendor answered before. Its {@code sent} and {@code billed} are those of that order;
     * {@link #sent()} and {@link #billed()} are those of the call that ended with this error.
     *
     * @return the journal's record for {@link Kind#ALREADY_ANSWERED}, else null
     */
    public @Nullable OrderRecord order() {
        return order;
    }

    /**
     * The error as a JSON object with the field names that every language uses. It has {@code order} only where
     * there is one.
     *
     * @return the JSON text
     */
    public String toJson() {
        return json;
    }
}
