package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nothing is missing here that the library has, and nothing is here that it does not have. */
class ParityTest {
    private static List<String> listed(String list) {
        return Contract.all().getAsJsonArray(list).asList().stream().map(JsonElement::getAsString).toList();
    }

    private static List<String> slugs(NamedValue[] values) {
        return Arrays.stream(values).map(NamedValue::slug).toList();
    }

    @Test
    void everyEnumerationIsTheLibrarys() {
        Map<String, NamedValue[]> enumerations =
                Map.ofEntries(
                        Map.entry("ask_reasons", AskReason.values()),
                        Map.entry("billed", Billed.values()),
                        Map.entry("card_kinds", CardKind.values()),
                        Map.entry("image_formats", ImageFormat.values()),
                        Map.entry("photo_looks", PhotoLook.values()),
                        Map.entry("issuer_sources", IssuerSource.values()),
                        Map.entry("lookup_reasons", LookupReason.values()),
                        Map.entry("operations", Operation.values()),
                        Map.entry("order_statuses", OrderStatus.values()),
                        Map.entry("outcomes", Outcome.values()),
                        Map.entry("reasons", Reason.values()),
                        Map.entry("levels", Level.values()),
                        Map.entry("breaker_states", BreakerState.values()),
                        Map.entry("block_scopes", BlockScope.values()),
                        Map.entry("sent", Sent.values()),
                        Map.entry("warning_kinds", WarningKind.values()));
        enumerations.forEach((list, values) -> assertEquals(listed(list), slugs(values), list));
    }

    @Test
    void everyKindIsTheLibrarys() {
        List<JsonElement> kinds = Contract.all().getAsJsonArray("kinds").asList();
        assertEquals(kinds.size(), Kind.values().length);
        for (Kind kind : Kind.values()) {
            JsonObject known = kinds.get(kind.ordinal()).getAsJsonObject();
            assertEquals(known.get("kind").getAsString(), kind.slug());
            assertEquals(known.get("number").getAsInt(), kind.number());
            assertEquals(known.get("advice").getAsString(), kind.advice());
        }
    }

    @Test
    void everyVendorIsTheLibrarys() {
        assertEquals(
                Contract.all().getAsJsonArray("vendors").asList().stream()
                        .map(vendor -> vendor.getAsJsonObject().get("vendor").getAsString())
                        .toList(),
                slugs(Vendor.values()));
    }

    private static String header() throws IOException {
        return Files.readString(Path.of("../../include/cardwire.h"), StandardCharsets.UTF_8);
    }

    @Test
    void everyMappedFunctionIsInTheHeader() throws IOException {
        String header = header();
        for (Method method : CApi.class.getDeclaredMethods()) {
            if (method.getName().startsWith("cardwire_")) {
                assertTrue(header.contains(method.getName() + "("), method.getName());
            }
        }
    }
}
