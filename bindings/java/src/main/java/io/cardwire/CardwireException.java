package io.cardwire;

import com.google.gson.JsonObject;
import java.io.File;
import java.io.Serializable;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The error of a call that gave no result, with everything that is known about it.
 *
 * <p>Its message is one line: kind, problem, vendor, vendor code, request id and order number. Neither the
 * message nor {@link #toJson()} holds a card number, an ID number, a name, a secret or an image.
 */
public final class CardwireException extends RuntimeException implements CallReport {
    private static final long serialVersionUID = 1;

    /** The fields of an error's document, without its message. */
    record Fields(
            Kind kind,
            @Nullable String argument,
            @Nullable String path,
            @Nullable Integer osError,
            @Nullable String vendorCode,
            @Nullable String vendorMessage,
            @Nullable Integer httpStatus,
            boolean retryable,
            @Nullable Duration retryAfter,
            @Nullable NetworkCause networkCause,
            @Nullable OrderRecord order,
            CallFacts facts,
            String toJson)
            implements Serializable {}

    /** The parts of an error beside its document: a line, the exception of a provider, the candidates. */
    record Beside(String line, @Nullable Throwable thrown, List<NumberCandidate> candidates) {
        static Beside of(long error) {
            List<NumberCandidate> candidates = new ArrayList<>();
            for (long index = 0; index < CApi.cardwire_error_candidate_count(error); index++) {
                candidates.add(
                        new NumberCandidate(
                                CApi.text(CApi.cardwire_error_candidate_card_number(error, index)),
                                CApi.cardwire_error_candidate_confidence(error, index)));
            }
            return new Beside(
                    CApi.text(CApi.cardwire_error_text(error)), Providers.thrown(error), List.copyOf(candidates));
        }
    }

    private final Fields fields;

    private final List<NumberCandidate> candidates;

    private CardwireException(Document document, Beside beside) {
        super(beside.line);
        fields = document.read(Fields.class);
        candidates = beside.candidates;
        if (beside.thrown != null) {
            initCause(beside.thrown);
        } else if (fields.path != null && fields.osError != null) {
            initCause(fileException(fields.path, fields.osError));
        } else if (fields.networkCause != null) {
            initCause(
                    fields.kind == Kind.TIMEOUT
                            ? new SocketTimeoutException(fields.networkCause.toString())
                            : fields.networkCause.asException());
        }
    }

    private static final boolean WINDOWS = File.separatorChar == '\\';

    /** The system's numbers for the errors that Java has classes for: errno, and Windows's own. */
    private static final Set<Integer> NO_SUCH_FILE = WINDOWS ? Set.of(2, 3) : Set.of(2);

    private static final Set<Integer> ACCESS_DENIED = WINDOWS ? Set.of(5) : Set.of(1, 13);

    private static final Set<Integer> ALREADY_THERE = WINDOWS ? Set.of(80, 183) : Set.of(17);

    /** Returns Java's own exception about a file. */
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
            return of(Kind.INTERNAL, "the library gave neither a result nor an error");
        }
        try {
            return read(
                    CApi.text(CApi.cardwire_error_json(error), CApi.cardwire_error_json_len(error)),
                    Beside.of(error));
        } finally {
            CApi.cardwire_error_free(error);
        }
    }

    /** Reads the library's document of an error. */
    static CardwireException read(String json, Beside beside) {
        return new CardwireException(Document.parse(json), beside);
    }

    /** Makes the error of a problem found on this side of the library. */
    static CardwireException of(Kind kind, String message) {
        return of(kind, null, message);
    }

    /** Makes the error of an argument refused on this side of the library. */
    static CardwireException argument(String name, String expected, Object found) {
        return of(Kind.INVALID_ARGUMENT, name, name + ": expected " + expected + ", found " + found);
    }

    private static CardwireException of(Kind kind, String argument, String message) {
        JsonObject json = Contract.error();
        json.addProperty("argument", argument);
        return of(json, kind, message, null);
    }

    /** Makes the error of a call of whose end nothing is known: it may have been sent and billed. */
    static CardwireException lost(String message, @Nullable Throwable cause) {
        return unknown(Kind.INTERNAL, message, cause);
    }

    /** Makes the error of one who does not know what was sent and billed. */
    static CardwireException unknown(Kind kind, String message, @Nullable Throwable cause) {
        JsonObject json = Contract.error();
        json.addProperty("sent", Sent.UNKNOWN.slug());
        json.addProperty("billed", Billed.UNKNOWN.slug());
        return of(json, kind, message, cause);
    }

    private static CardwireException of(JsonObject json, Kind kind, String message, @Nullable Throwable cause) {
        json.addProperty("kind", kind.slug());
        json.addProperty("number", kind.number());
        json.addProperty("message", message);
        Beside beside = new Beside(kind.slug() + ": " + message, cause, List.of());
        return new CardwireException(Document.of(json), beside);
    }

    /** {@return the kind} */
    public Kind kind() {
        return fields.kind;
    }

    /** {@return the kind's stable number, the same in every language} */
    public int code() {
        return fields.kind.number();
    }

    /**
     * {@return the argument that was refused, named as in every language ({@code card_number}), for {@link
     * Kind#INVALID_ARGUMENT}; else null}
     */
    public @Nullable String argument() {
        return fields.argument;
    }

    /**
     * {@return the file that could not be used, or null where the error is not about one} Long numbers and what is
     * not ASCII are masked: photos are named after people. The cause is a {@link java.nio.file.FileSystemException},
     * such as {@link java.nio.file.NoSuchFileException}.
     */
    public @Nullable String path() {
        return fields.path;
    }

    /**
     * {@return the operating system's number for why {@link #path()} could not be used: errno, on Windows the
     * system's error code; null where there is none}
     */
    public @Nullable Integer osError() {
        return fields.osError;
    }

    /** {@return the vendor's own code, as it came, or null where it gave none} */
    public @Nullable String vendorCode() {
        return fields.vendorCode;
    }

    /**
     * {@return the vendor's own text, cut, with personal data and digit runs masked, or null where it gave none} The
     * message of the exception does not hold the text.
     */
    public @Nullable String vendorMessage() {
        return fields.vendorMessage;
    }

    /** {@return the HTTP status of the vendor's answer, or null where there was no answer} */
    public @Nullable Integer httpStatus() {
        return fields.httpStatus;
    }

    /** {@return whether the same call, unchanged, may succeed later and cannot have been billed by this one} */
    public boolean retryable() {
        return fields.retryable;
    }

    /** {@return how long to wait before the next try, or null where that is not known} */
    public @Nullable Duration retryAfter() {
        return fields.retryAfter;
    }

    /**
     * {@return the step of the network that failed, with host, port and reason, or null where the network did not
     * fail} {@link #getCause()} is then the {@link java.io.IOException} that Java's own network classes throw at that
     * step.
     */
    public @Nullable NetworkCause networkCause() {
        return fields.networkCause;
    }

    /**
     * {@return the numbers that may stand on the card, the likeliest first, none of them read with confidence: of a
     * {@link Kind#CARD_NOT_FOUND} of the vendor {@code offline}; else empty} They are personal data, and in none of
     * the error's texts.
     */
    public List<NumberCandidate> candidates() {
        return candidates;
    }

    @Override
    public CallFacts facts() {
        return fields.facts;
    }

    /**
     * {@return the journal's record of the order that the vendor answered before, for {@link Kind#ALREADY_ANSWERED},
     * or that runs, for {@link Kind#ALREADY_RUNNING}; else null} The {@code sent} and {@code billed} of the record
     * are those of that order; {@link #sent()} and {@link #billed()} are those of the call that ended with this
     * error.
     */
    public @Nullable OrderRecord order() {
        return fields.order;
    }

    /**
     * {@return the error as a JSON object with the field names that every language uses} The object has {@code order}
     * only where there is one.
     */
    public String toJson() {
        return fields.toJson;
    }
}
