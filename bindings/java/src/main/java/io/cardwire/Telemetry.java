package io.cardwire;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The names that events have as telemetry, which the library itself has. */
final class Telemetry {
    private Telemetry() {}

    private static JsonObject names() {
        return Contract.all().getAsJsonObject("telemetry");
    }

    /**
     * A metric: its name, unit and description, the fields of events that are its attributes, and of a histogram the
     * bounds between its buckets.
     */
    record Metric(String name, String unit, String description, List<String> fields, List<Double> bounds) {
        static Metric of(String key) {
            JsonObject metric = names().getAsJsonObject("metrics").getAsJsonObject(key);
            return new Metric(
                    metric.get("name").getAsString(),
                    metric.get("unit").getAsString(),
                    metric.get("description").getAsString(),
                    all(metric.get("fields"), JsonElement::getAsString),
                    all(metric.get("bounds"), JsonElement::getAsDouble));
        }

        private static <T> List<T> all(JsonElement list, Function<JsonElement, T> value) {
            return list == null ? List.of() : list.getAsJsonArray().asList().stream().map(value).toList();
        }
    }

    static String scope() {
        return names().get("scope").getAsString();
    }

    static String span(Operation operation) {
        return names().getAsJsonObject("spans").get(operation.slug()).getAsString();
    }

    static String attemptSpan() {
        return names().get("attempt_span").getAsString();
    }

    static String name(Event event) {
        return Document.snakeCase(event.getClass().getSimpleName());
    }

    /** Returns the name of an event that is told within a span. */
    static String spanEvent(Event event) {
        return names().getAsJsonObject("events").get(name(event)).getAsString();
    }

    static Map<String, Object> attributes(Event event) {
        return attributes(event, null);
    }

    /** Returns the attributes of an event, or those of these fields. */
    static Map<String, Object> attributes(Event event, List<String> wanted) {
        JsonObject attributes = names().getAsJsonObject("attributes");
        Map<String, Object> found = new LinkedHashMap<>();
        for (Document.Field field : Document.fields(event.getClass())) {
            JsonElement attribute = attributes.get(field.key());
            if (attribute == null || wanted != null && !wanted.contains(field.key())) {
                continue;
            }
            Object value = field.of((Record) event);
            if (value instanceof NamedValue named) {
                value = named.slug();
            } else if (value instanceof Integer number) {
                value = number.longValue();
            } else if (value instanceof Duration duration) {
                value = duration.toMillis();
            }
            if (value != null) {
                found.put(attribute.getAsString(), value);
            }
        }
        return found;
    }
}
