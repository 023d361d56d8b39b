package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is missing here that the library has, and nothing is here that it does not have. */
class ParityTest {
    private static <E extends Enum<E>> void sameNames(E[] values, Function<E, String> slug, IntToLongFunction name) {
        for (E value : values) {
            assertEquals(slug.apply(value), CApi.text(name.applyAsLong(value.ordinal() + 1)));
            assertEquals(value.name().toLowerCase(Locale.ROOT), slug.apply(value));
        }
        assertNull(CApi.text(name.applyAsLong(values.length + 1)), "the library has more");
        assertNull(CApi.text(name.applyAsLong(0)));
    }

    @Test
    void everyEnumerationIsTheLibrarys() {
        CApi.ensure();
        sameNames(Outcome.values(), Outcome::slug, CApi::cardwire_outcome_name);
        sameNames(Reason.values(), Reason::slug, CApi::cardwire_reason_name);
        sameNames(CardKind.values(), CardKind::slug, CApi::cardwire_card_kind_name);
        sameNames(WarningKind.values(), WarningKind::slug, CApi::cardwire_warning_kind_name);
        sameNames(LookupReason.values(), LookupReason::slug, CApi::cardwire_lookup_reason_name);
        sameNames(ImageFormat.values(), ImageFormat::slug, CApi::cardwire_image_format_name);
        sameNames(Operation.values(), Operation::slug, CApi::cardwire_operation_name);
        sameNames(Sent.values(), Sent::slug, CApi::cardwire_sent_name);
        sameNames(Billed.values(), Billed::slug, CApi::cardwire_billed_name);
        sameNames(OrderStatus.values(), OrderStatus::slug, CApi::cardwire_order_status_name);
    }

    @Test
    void everyKindIsTheLibrarys() {
        Map<Integer, String> ours =
                Arrays.stream(Kind.values()).collect(Collectors.toMap(Kind::number, Kind::slug));
        for (int status = 1; status < 1000; status++) {
            assertEquals(ours.get(status), CApi.text(CApi.cardwire_status_name(status)), "status " + status);
        }
        for (Kind kind : Kind.values()) {
            assertTrue(kind.advice().endsWith("."), kind.advice());
        }
    }

    @Test
    void everyVendorIsTheSandboxs() {
        Set<String> vendors = new TreeSet<>();
        JsonParser.parseString(Sandbox.fresh().config())
                .getAsJsonObject()
                .getAsJsonArray("vendors")
                .forEach(entry -> vendors.add(entry.getAsJsonObject().get("vendor").getAsString()));
        assertEquals(
                Arrays.stream(Vendor.values()).map(Vendor::slug).collect(Collectors.toCollection(TreeSet::new)),
                vendors);
    }

    private static String header() throws IOException {
        return Files.readString(Path.of("../../include/cardwire.h"), StandardCharsets.UTF_8);
    }

    /** The numbers of the header, by name, such as OUTCOME_MATCH. */
    private static Map<String, Integer> constants(String prefix) throws IOException {
        Map<String, Integer> constants = new LinkedHashMap<>();
        Matcher matcher =
                Pattern.compile("(?m)^#define CARDWIRE_" + prefix + "([A-Z_]+) (\\d+)$").matcher(header());
        while (matcher.find()) {
            constants.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
        }
        return constants;
    }

    @Test
    void theHeaderStatesTheSameNumbers() throws IOException {
        Map<String, Enum<?>[]> enumerations =
                Map.of(
                        "OUTCOME_", Outcome.values(),
                        "REASON_", Reason.values(),
                        "CARD_KIND_", CardKind.values(),
                        "WARNING_", WarningKind.values(),
                        "LOOKUP_REASON_", LookupReason.values(),
                        "IMAGE_FORMAT_", ImageFormat.values(),
                        "OPERATION_", Operation.values(),
                        "SENT_", Sent.values(),
                        "BILLED_", Billed.values(),
                        "ORDER_STATUS_", OrderStatus.values());
        for (var enumeration : enumerations.entrySet()) {
            Map<String, Integer> ours = new LinkedHashMap<>();
            for (Enum<?> value : enumeration.getValue()) {
                ours.put(value.name(), value.ordinal() + 1);
            }
            assertEquals(ours, constants(enumeration.getKey()), enumeration.getKey());
        }
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

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static Set<String> components(Class<?> record) {
        return Arrays.stream(record.getRecordComponents())
                .map(RecordComponent::getName)
                .filter(name -> !name.equals("facts") && !name.equals("toJson"))
                .map(ParityTest::snakeCase)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyFieldOfAResultsDocumentIsAComponent() {
        Sandbox sandbox = Sandbox.fresh();
        try (Client client = sandbox.client()) {
            CallOptions order = CallOptions.defaults().withOrderId("javaParity1");
            Image photo = Image.bytes(Sandbox.photo("icbc-debit.jpg"));
            for (CallResult result :
                    new CallResult[] {
                        client.recognize(photo, order),
                        client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID)),
                        client.lookupCard(Sandbox.CARD),
                        client.fetchOrder("javaParity1")
                    }) {
                Set<String> expected = components(result.getClass());
                expected.addAll(components(CallFacts.class));
                assertEquals(
                        expected,
                        new TreeSet<>(JsonParser.parseString(result.toJson()).getAsJsonObject().keySet()));
            }
        }
    }

    @Test
    void everyFieldOfAnOrdersDocumentIsAComponent(@TempDir Path folder) {
        JsonObject config = JsonParser.parseString(Sandbox.fresh().config()).getAsJsonObject();
        config.addProperty("journal", folder.resolve("journal").toString());
        try (Client client = Client.fromJson(config.toString())) {
            client.lookupCard(Sandbox.CARD);
            Set<String> keys = new TreeSet<>();
            for (String key : JsonParser.parseString(client.orders().get(0).toJson()).getAsJsonObject().keySet()) {
                // A moment is a moment here.
                keys.add(key.replaceFirst("_ms$", ""));
            }
            assertEquals(components(OrderRecord.class), keys);
        }
    }

    @Test
    void everyEventOfTheHeaderIsATypeHere() throws IOException {
        Set<String> ours =
                Arrays.stream(Event.class.getPermittedSubclasses())
                        .map(type -> snakeCase(type.getSimpleName()).substring(1).toUpperCase(Locale.ROOT))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(ours, new TreeSet<>(constants("EVENT_").keySet()));
    }

    @Test
    void everyFieldOfAnErrorsDocumentIsAnAccessor() {
        Map<String, String> renamed =
                Map.of(
                        "number", "code",
                        "message", "getMessage",
                        "cause", "networkCause",
                        "retry_after_ms", "retryAfter");
        CardwireException error = CardwireException.of(Kind.CLOSED, null, "");
        for (String key : JsonParser.parseString(error.toJson()).getAsJsonObject().keySet()) {
            String accessor = renamed.getOrDefault(key, key);
            assertTrue(
                    Arrays.stream(CardwireException.class.getMethods())
                            .anyMatch(m -> m.getName().equals(accessor) || snakeCase(m.getName()).equals(accessor)),
                    key);
        }
    }
}
