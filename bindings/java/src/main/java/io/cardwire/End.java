package io.cardwire;

import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The end of a call, as the library told it: the JSON of a result with the vendor's answer, or that of an error
 * with what is told beside it.
 */
record End(String json, byte[] raw, CardwireException.Beside error) {
    /** Those who wait for an end, by the numbers of their calls; they keep the clients from being collected. */
    static final Registry<Consumer<End>> AWAITED = new Registry<>();

    /** An end for which there was no memory, and so none to say it with either. */
    private static final End LOST = new End(null, null, null);

    /** Returns the end that a function of the library tells before it returns; the function is given its number. */
    static End told(LongConsumer function) {
        End[] told = new End[1];
        long number = AWAITED.add(end -> told[0] = end);
        try {
            function.accept(number);
        } finally {
            AWAITED.remove(number);
        }
        return told[0] == null ? LOST : told[0];
    }

    /** The library's callback: nothing may be thrown into it. */
    static void done(long document, long documentLen, long raw, long rawLen, long error, long number) {
        try {
            Consumer<End> then = AWAITED.remove(number);
            if (then == null) {
                return;
            }
            End end;
            try {
                end = copy(document, documentLen, raw, rawLen, error);
            } catch (Throwable e) {
                end = LOST;
            }
            then.accept(end);
        } catch (Throwable e) {
            // The future was completed already.
        }
    }

    /** Copies what the library lends to its callback. */
    private static End copy(long document, long documentLen, long raw, long rawLen, long error) {
        String json = CApi.text(document, documentLen);
        if (raw != 0) {
            return new End(json, CApi.bytes(raw, rawLen), null);
        }
        return new End(json, null, CardwireException.Beside.of(error));
    }

    /** Returns the result, or throws the error. */
    <T> T result(Handle client, Class<T> type) {
        if (json == null) {
            throw CardwireException.lost("there was no memory for the end of the call", null);
        }
        CardwireException failure;
        try {
            if (raw != null) {
                return Document.parse(json, raw).read(type);
            }
            failure = CardwireException.read(json, error);
        } catch (RuntimeException | OutOfMemoryError e) {
            // What cannot be read, such as for want of memory, may be billed.
            throw CardwireException.lost("the end of the call cannot be read", e);
        }
        throw client.refusal(failure);
    }
}
