package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.reflect.Method;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each record that the library describes is a type here with its fields, their types, and what may be null. */
class SchemaTest {
    private static final Map<String, Class<?>> TYPES =
            Map.ofEntries(
                    Map.entry("recognition", Recognition.class),
                    Map.entry("verification", Verification.class),
                    Map.entry("card_lookup", CardLookup.class),
                    Map.entry("order", Order.class),
                    Map.entry("call_facts", CallFacts.class),
                    Map.entry("image_fitted", ImageFitted.class),
                    Map.entry("attempt", Attempt.class),
                    Map.entry("error", CardwireException.Fields.class),
                    Map.entry("cause", NetworkCause.class),
                    Map.entry("valid_thru", ValidThru.class),
                    Map.entry("warning", Warning.class),
                    Map.entry("point", Point.class),
                    Map.entry("number_candidate", NumberCandidate.class),
                    Map.entry("issuer", Issuer.class),
                    Map.entry("order_record", OrderRecord.class),
                    Map.entry("image_check", ImageCheck.class),
                    Map.entry("vendor_check", ImageCheck.VendorCheck.class),
                    Map.entry("card_number_check", CardNumberCheck.class),
                    Map.entry("id_number_check", IdNumberCheck.class),
                    Map.entry("account_health", AccountHealth.class),
                    Map.entry("account_block", AccountBlock.class),
                    Map.entry("call_started", Event.CallStarted.class),
                    Map.entry("call_ended", Event.CallEnded.class),
                    Map.entry("attempt_started", Event.AttemptStarted.class),
                    Map.entry("attempt_ended", Event.AttemptEnded.class),
                    Map.entry("request_refused", Event.RequestRefused.class),
                    Map.entry("rate_permit_waited", Event.RatePermitWaited.class),
                    Map.entry("quota_unit_taken", Event.QuotaUnitTaken.class),
                    Map.entry("breaker_changed", Event.BreakerChanged.class),
                    Map.entry("token_refreshed", Event.TokenRefreshed.class),
                    Map.entry("order_written", Event.OrderWritten.class));

    /** The type of an event, and what an exception has beside its document: message, number of its kind, candidates. */
    private static final Set<String> TOLD_OTHERWISE =
            Set.of(
                    "call_started.event",
                    "call_ended.event",
                    "attempt_started.event",
                    "attempt_ended.event",
                    "request_refused.event",
                    "rate_permit_waited.event",
                    "quota_unit_taken.event",
                    "breaker_changed.event",
                    "token_refreshed.event",
                    "order_written.event",
                    "error.message",
                    "error.text",
                    "error.number",
                    "error.candidates");

    /** What is a text here, although the library has a closed list for it. */
    private static final Set<String> TEXTS = Set.of("cause.step");

    private static JsonObject records() {
        return Contract.all().getAsJsonObject("records");
    }

    private static boolean isNullable(Method accessor) {
        return accessor.getAnnotatedReturnType().isAnnotationPresent(Nullable.class);
    }

    private static String orNull(String type, boolean may) {
        return may ? type + " or null" : type;
    }

    /** A field as the library describes it. */
    private static String described(String name, JsonObject field) {
        JsonElement of = field.get("of");
        String type =
                switch (field.get("shape").getAsString()) {
                    case "photo", "answer" -> "bytes";
                    case "object" -> of.getAsString();
                    case "list" -> "list of " + of.getAsString();
                    case "name" -> TEXTS.contains(name) ? "text" : names(of.getAsJsonArray());
                    default -> field.get("shape").getAsString();
                };
        return orNull(type, field.get("optional").getAsBoolean());
    }

    private static String names(JsonArray names) {
        return "one of " + names.asList().stream().map(JsonElement::getAsString).toList();
    }

    /** A component as its type says. */
    private static String found(Document.Field field) {
        Class<?> type = field.type();
        boolean may = isNullable(field.accessor());
        if (type == String.class) {
            return orNull("text", may);
        } else if (type == boolean.class) {
            return "flag";
        } else if (type == int.class || type == long.class) {
            return "number";
        } else if (type == double.class || type == Double.class) {
            return orNull("fraction", may);
        } else if (Set.of(Integer.class, Duration.class, Instant.class).contains(type)) {
            return orNull("number", may);
        } else if (type == byte[].class) {
            return orNull("bytes", may);
        } else if (type == List.class) {
            return orNull("list of " + nameOf(field.element()), may);
        } else if (type.isEnum()) {
            List<String> slugs =
                    Arrays.stream(type.getEnumConstants()).map(value -> ((NamedValue) value).slug()).toList();
            // There is no kind where nothing failed, which the library calls ok.
            return type == Kind.class && may
                    ? "one of " + Stream.concat(Stream.of("ok"), slugs.stream()).toList()
                    : orNull("one of " + slugs, may);
        }
        return orNull(nameOf(type), may);
    }

    private static String nameOf(Class<?> type) {
        return TYPES.entrySet().stream()
                .filter(known -> known.getValue() == type)
                .map(Map.Entry::getKey)
                .findAny()
                .orElse(type.getSimpleName());
    }

    private static Map<String, String> fields(Class<?> type) {
        Map<String, String> fields = new TreeMap<>();
        for (Document.Field field : Document.fields(type)) {
            if (field.type() == CallFacts.class) {
                fields.putAll(fields(CallFacts.class));
            } else if (!field.name().equals("toJson")) {
                fields.put(field.key(), found(field));
            }
        }
        return fields;
    }

    @Test
    void everyRecordIsATypeWithItsFields() {
        assertEquals(new TreeSet<>(TYPES.keySet()), new TreeSet<>(records().keySet()));
        List<String> different = new ArrayList<>();
        for (String record : records().keySet()) {
            Map<String, String> ours = fields(TYPES.get(record));
            for (JsonElement element : records().getAsJsonArray(record)) {
                JsonObject field = element.getAsJsonObject();
                String name = record + "." + field.get("name").getAsString();
                String found = ours.remove(field.get("name").getAsString());
                String expected = TOLD_OTHERWISE.contains(name) ? null : described(name, field);
                if (!Objects.equals(expected, found)) {
                    different.add(name + ": expected " + expected + ", found " + found);
                }
            }
            ours.forEach((name, type) -> different.add(record + "." + name + ": expected none, found " + type));
        }
        assertEquals(List.of(), different);
    }

    /** Methods with the names, types and nullness of a record's components. */
    private static void hasAccessors(Class<?> type, Class<?> record) throws NoSuchMethodException {
        for (Document.Field field : Document.fields(record)) {
            Method accessor = type.getMethod(field.name());
            assertEquals(field.accessor().getGenericReturnType(), accessor.getGenericReturnType(), accessor.toString());
            assertEquals(isNullable(field.accessor()), isNullable(accessor), accessor.toString());
        }
    }

    @Test
    void resultsAndErrorsHaveAccessorsForEachFact() throws Exception {
        hasAccessors(CallReport.class, CallFacts.class);
        hasAccessors(CardwireException.class, CardwireException.Fields.class);
    }

    /** A document in which each text is the name of its field. */
    private static JsonObject sample(String record) {
        JsonObject document = new JsonObject();
        for (JsonElement element : records().getAsJsonArray(record)) {
            JsonObject field = element.getAsJsonObject();
            String name = field.get("name").getAsString();
            switch (field.get("shape").getAsString()) {
                case "text" -> document.addProperty(name, "<" + name + ">");
                case "number", "fraction" -> document.addProperty(name, 1);
                case "flag" -> document.addProperty(name, true);
                case "name" -> document.add(name, field.getAsJsonArray("of").get(0));
                case "photo" -> document.addProperty(name, "/9j/");
                case "list" -> document.add(name, new JsonArray());
                case "object" -> document.add(name, sample(field.get("of").getAsString()));
                default -> {}
            }
        }
        return document;
    }

    @Test
    void aResultShowsWhatIsNotPersonal() {
        for (String record : List.of("recognition", "verification", "card_lookup", "order")) {
            JsonObject sample = sample(record);
            String shown = Document.parse(sample.toString(), new byte[3]).read(TYPES.get(record)).toString();
            for (JsonElement element : records().getAsJsonArray(record)) {
                JsonObject field = element.getAsJsonObject();
                String name = field.get("name").getAsString();
                boolean isText = field.get("shape").getAsString().equals("text");
                assertEquals(isText && !field.get("personal").getAsBoolean(), shown.contains("<" + name + ">"), shown);
            }
            assertTrue(shown.contains("raw=3 bytes"), shown);
            assertFalse(shown.contains("toJson"), shown);
        }
    }
}
