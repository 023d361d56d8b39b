package io.cardwire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The providers of the clients, and what they threw. The library knows both by numbers. */
final class Providers {
    static final Numbered<CredentialProvider> ALL = new Numbered<>();
    private static final Numbered<Throwable> THROWN = new Numbered<>();

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

    /** Answers the library. Nothing may be thrown into it. */
    static void ask(long ask, long number) {
        try {
            answer(ask, ALL.get(number));
        } catch (Throwable e) {
            long thrown = THROWN.add(e);
            if (CApi.cardwire_ask_fail(ask, thrown, CApi.FORGET_ADDRESS, 0) != 0) {
                forget(thrown);
            }
        }
    }

    private static void answer(long ask, CredentialProvider provider) throws Exception {
        List<String> secrets = new ArrayList<>();
        for (long index = 0; index < CApi.cardwire_ask_secret_count(ask); index++) {
            secrets.add(CApi.text(CApi.cardwire_ask_secret(ask, index)));
        }
        CredentialAsk question =
                new CredentialAsk(
                        CApi.text(CApi.cardwire_ask_vendor(ask)),
                        CApi.text(CApi.cardwire_ask_account(ask)),
                        secrets,
                        AskReason.values()[CApi.cardwire_ask_reason(ask) - 1]);
        Credentials given = provider.provide(question);
        for (Map.Entry<String, String> secret : given.values(question).entrySet()) {
            byte[] name = Text.utf8(secret.getKey(), "secret");
            byte[] value = Text.utf8(secret.getValue(), "value");
            CApi.cardwire_ask_set(ask, name, name.length, value, value.length, 0);
        }
        Duration end = given.expiresIn();
        if (end != null) {
            CApi.cardwire_ask_set_expires_in_ms(ask, Math.max(0, end.toMillis()), 0);
        }
        CApi.cardwire_ask_answer(ask, 0);
    }
}
