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

    /** Returns the end that a function of the library tells before it returns; the function is given its number. */
    static End told(LongConsumer function) {
        End[] told = new End[1];
        long number = AWAITED.add(end -> told[0] = end);
        try {
            function.accept(number);
        } finally {
            AWAITED.remove(number);
        }
        if (told[0] == null) {
            throw CardwireException.take(0);
        }
        return told[0];
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
                // Without memory for the end itself: whoever waits for it is told that there is none.
                end = new End(null, null, null);
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
            throw CardwireException.take(0);
        }
        if (raw == null) {
            throw client.refusal(CardwireException.read(json, error));
        }
        return Document.parse(json, raw).read(type);
    }
}
