package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ProvidersTest {
    private final Sandbox sandbox = Sandbox.fresh();

    private static Verification verify(Client client) {
        return client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID), CallOptions.defaults());
    }

    /** The configuration for one vendor; its keys come from the provider, their values go to the map. */
    private String provided(Map<String, String> right, String vendor, String... keys) {
        JsonObject config = JsonParser.parseString(sandbox.config()).getAsJsonObject();
        JsonArray vendors = config.getAsJsonArray("vendors");
        JsonObject entry = new JsonObject();
        for (JsonElement one : vendors) {
            if (one.getAsJsonObject().get("vendor").getAsString().equals(vendor)) {
                entry = one.getAsJsonObject();
            }
        }
        config.add("vendors", new JsonArray());
        config.getAsJsonArray("vendors").add(entry);
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
        Map<String, String> right = new java.util.HashMap<>();
        String config = provided(right, "tencent_faceid", "secret_id", "secret_key");
        List<AskReason> reasons = Collections.synchronizedList(new ArrayList<>());
        CredentialProvider tokens =
                ask -> {
                    assertEquals(List.of("secret_id", "secret_key"), ask.secrets());
                    assertEquals("tencent_faceid", ask.vendor());
                    assertEquals("tencent_faceid", ask.account());
                    reasons.add(ask.reason());
                    return reasons.size() == 1
                            ? Credentials.of(Map.of("secret_id", "x".repeat(36), "secret_key", "y"))
                            : Credentials.of(right).expiresIn(Duration.ZERO);
                };
        try (Client client = Client.builder().config(config).provider("tokens", tokens).build()) {
            assertEquals(2, verify(client).attempts().size());
            assertEquals(1, verify(client).attempts().size());
        }
        assertEquals(List.of(AskReason.FIRST, AskReason.REFUSED, AskReason.EXPIRED), reasons);
    }

    @Test
    void whatAProviderThrowsIsTheCause() {
        String config = provided(new java.util.HashMap<>(), "aliyun_yhkr", "app_code");
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
    void aProviderMayAnswerLater() {
        Map<String, String> right = new java.util.HashMap<>();
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
