package io.cardwire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The providers of the clients, and what they threw. The library knows both by numbers. */
final class Providers {
    static final Registry<CredentialProvider> ALL = new Registry<>();
    private static final Registry<Throwable> THROWN = new Registry<>();
    private static final Duration LONGEST = Duration.ofMillis(Long.MAX_VALUE);

    private Providers() {}

    /** Returns the exception of the provider that an error is about, or null. */
    static Throwable thrown(long error) {
        long number = CApi.cardwire_error_provider_cause(error);
        return THROWN.get(number);
    }

    /** Forgets what a provider threw, which no error of the library's has any more. */
    static void forget(long number) {
        THROWN.remove(number);
    }

    /** A provider that gives a stage. */
    record Later(Function<CredentialAsk, ? extends CompletionStage<Credentials>> provider)
            implements CredentialProvider {
        @Override
        public Credentials provide(CredentialAsk ask) throws Exception {
            try {
                return provider.apply(ask).toCompletableFuture().get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    /** Answers the library, or sees to it that a stage does. Nothing may be thrown into it. */
    static void ask(long ask, long number) {
        try {
            CredentialAsk question = question(ask);
            CredentialProvider provider = ALL.get(number);
            if (provider instanceof Later later) {
                later.provider.apply(question).whenComplete((given, thrown) -> end(ask, question, given, thrown));
            } else {
                answer(ask, question, provider.provide(question));
            }
        } catch (Throwable e) {
            fail(ask, e);
        }
    }

    /** Answers the library at the end of a stage. */
    private static void end(
            long ask, CredentialAsk question, @Nullable Credentials given, @Nullable Throwable thrown) {
        try {
            if (thrown == null) {
                answer(ask, question, given);
            } else {
                boolean wrapped = thrown instanceof CompletionException && thrown.getCause() != null;
                fail(ask, wrapped ? thrown.getCause() : thrown);
            }
        } catch (Throwable e) {
            fail(ask, e);
        }
    }

    private static void fail(long ask, Throwable e) {
        long thrown = THROWN.add(e);
        if (CApi.cardwire_ask_fail(ask, thrown, CApi.FORGET_ADDRESS, 0) != 0) {
            forget(thrown);
        }
    }

    private static CredentialAsk question(long ask) {
        List<String> secrets = new ArrayList<>();
        for (long index = 0; index < CApi.cardwire_ask_secret_count(ask); index++) {
            secrets.add(CApi.text(CApi.cardwire_ask_secret(ask, index)));
        }
        return new CredentialAsk(
                CApi.text(CApi.cardwire_ask_vendor(ask)),
                CApi.text(CApi.cardwire_ask_account(ask)),
                secrets,
                AskReason.values()[CApi.cardwire_ask_reason(ask) - 1]);
    }

    private static void answer(long ask, CredentialAsk question, Credentials given) throws Exception {
        for (Map.Entry<String, String> secret : given.values(question).entrySet()) {
            byte[] name = Text.utf8(secret.getKey(), "secret");
            byte[] value = Text.utf8(secret.getValue(), "value");
            CApi.cardwire_ask_set(ask, name, name.length, value, value.length, 0);
        }
        Duration end = given.expiresIn();
        if (end != null) {
            CApi.cardwire_ask_set_expires_in_ms(ask, milliseconds(end), 0);
        }
        CApi.cardwire_ask_answer(ask, 0);
    }

    /** Returns a time that is left: none where it is over, the longest where no {@code long} holds it. */
    private static long milliseconds(Duration left) {
        if (left.isNegative()) {
            return 0;
        }
        return left.compareTo(LONGEST) < 0 ? left.toMillis() : Long.MAX_VALUE;
    }
}
