package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ProvidersTest {
    private final Sandbox sandbox = Sandbox.fresh();

    private static Verification verify(Client client) {
        return client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID), CallOptions.defaults());
    }

    /** The configuration for one account; its keys come from the provider, their values go to the map. */
    private String provided(Map<String, String> right, String account, String... keys) {
        JsonObject config = sandbox.configFor(account);
        JsonObject entry = config.getAsJsonArray("vendors").get(0).getAsJsonObject();
        for (String key : keys) {
            right.put(key, entry.get(key).getAsString());
            JsonObject provider = new JsonObject();
            provider.addProperty("provider", "tokens");
            entry.add(key, provider);
        }
        return config.toString();
    }

    @Test
    void aProviderIsAskedAgainAfterARefusalAndAtItsEnd() {
        Map<String, String> right = new HashMap<>();
        String config = provided(right, "tencent_ocr_temporary", "secret_id", "secret_key", "token");
        List<AskReason> reasons = Collections.synchronizedList(new ArrayList<>());
        CredentialProvider tokens =
                ask -> {
                    assertEquals(List.of("secret_id", "secret_key", "token"), ask.secrets());
                    assertEquals("tencent_ocr", ask.vendor());
                    assertEquals("tencent_ocr", ask.account());
                    reasons.add(ask.reason());
                    if (reasons.size() > 1) {
                        return Credentials.of(right).expiresIn(Duration.ZERO);
                    }
                    Map<String, String> wrong = new HashMap<>(right);
                    wrong.put("token", "another");
                    return Credentials.of(wrong);
                };
        byte[] photo = Sandbox.photo("icbc-debit.jpg");
        try (Client client = Client.builder().config(config).provider("tokens", tokens).build()) {
            assertEquals(2, client.recognize(photo).attempts().size());
            assertEquals(1, client.recognize(photo).attempts().size());
        }
        assertEquals(List.of(AskReason.FIRST, AskReason.REFUSED, AskReason.EXPIRED), reasons);
    }

    @Test
    void anEndMayBeAsFarAwayAsADurationSays() {
        Map<String, String> right = new HashMap<>();
        String config = provided(right, "aliyun_yhkr", "app_code");
        for (long seconds : new long[] {Long.MAX_VALUE, Long.MIN_VALUE}) {
            List<AskReason> reasons = Collections.synchronizedList(new ArrayList<>());
            CredentialProvider tokens =
                    ask -> {
                        reasons.add(ask.reason());
                        return Credentials.of(right).expiresIn(Duration.ofSeconds(seconds));
                    };
            try (Client client = Client.builder().config(config).provider("tokens", tokens).build()) {
                assertEquals(Outcome.MATCH, verify(client).outcome());
                assertEquals(Outcome.MATCH, verify(client).outcome());
            }
            AskReason[] expected = {AskReason.FIRST, AskReason.EXPIRED};
            assertEquals(List.of(expected).subList(0, seconds > 0 ? 1 : 2), reasons);
        }
    }

    @Test
    void whatAProviderThrowsIsTheCause() {
        String config = provided(new HashMap<>(), "aliyun_yhkr", "app_code");
        IllegalStateException thrown = new IllegalStateException("the vault is sealed: hvs.SECRET");
        List<CredentialProvider> providers =
                List.of(
                        ask -> {
                            throw thrown;
                        },
                        CredentialProvider.ofAsync(ask -> CompletableFuture.failedFuture(thrown)));
        for (CredentialProvider provider : providers) {
            try (Client client = Client.builder().config(config).provider("tokens", provider).build()) {
                CardwireException error = assertThrows(CardwireException.class, () -> verify(client));
                assertEquals(Kind.CREDENTIALS_UNAVAILABLE, error.kind());
                assertEquals(14, error.code());
                assertEquals(Sent.NO, error.sent());
                assertEquals(Billed.NO, error.billed());
                assertSame(thrown, error.getCause());
                assertFalse((error.getMessage() + error.toJson()).contains("SECRET"));
            }
        }
        CardwireException refused = assertThrows(CardwireException.class, () -> Client.fromJson(config));
        assertEquals(Kind.INVALID_CONFIG, refused.kind());
    }

    @Test
    void aProviderThatNeverAnswersEndsCallsAtTheirDeadlines() throws Exception {
        Map<String, String> right = new HashMap<>();
        String config = provided(right, "aliyun_yhkr", "app_code");
        List<AskReason> reasons = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Credentials> answer = new CompletableFuture<>();
        CredentialProvider waiting =
                ask -> {
                    reasons.add(ask.reason());
                    return answer.get();
                };
        CredentialProvider later =
                CredentialProvider.ofAsync(
                        ask -> {
                            reasons.add(ask.reason());
                            return new CompletableFuture<>();
                        });
        CallOptions options = CallOptions.defaults().withTimeout(Duration.ofMillis(200));
        Cardholder holder = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);
        for (CredentialProvider provider : List.of(waiting, later)) {
            reasons.clear();
            try (Client client = Client.builder().config(config).provider("tokens", provider).build()) {
                // The second call waits for the question of the first.
                for (int call = 0; call < 2; call++) {
                    CardwireException error =
                            assertThrows(CardwireException.class, () -> client.verify(holder, options));
                    assertEquals(Kind.TIMEOUT, error.kind());
                    assertEquals(Sent.NO, error.sent());
                    assertEquals(Billed.NO, error.billed());
                    assertEquals(List.of(), error.attempts());
                }
                assertEquals(List.of(AskReason.FIRST), reasons);
                assertEquals(0, sandbox.connections());
                answer.complete(Credentials.of(right.get("app_code")));
            }
        }
    }

    @Test
    void aProviderMayAnswerLater() {
        Map<String, String> right = new HashMap<>();
        String config = provided(right, "aliyun_yhkr", "app_code");
        CredentialProvider later =
                CredentialProvider.ofAsync(
                        ask ->
                                CompletableFuture.supplyAsync(
                                        () -> Credentials.of(right.get("app_code"))));
        try (Client client = Client.builder().config(config).provider("tokens", later).build()) {
            assertEquals(Outcome.MATCH, verify(client).outcome());
        }
    }
}
