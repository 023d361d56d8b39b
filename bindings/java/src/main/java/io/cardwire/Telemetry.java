package io.cardwire;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The names that events have as telemetry, which the library itself has. */
final class Telemetry {
    private Telemetry() {}

    private static JsonObject names() {
        return Contract.all().getAsJsonObject("telemetry");
    }

    /** A metric: its name, unit and description, and the fields of events that are its attributes. */
    record Metric(String name, String unit, String description, List<String> fields) {
        static Metric of(String key) {
            JsonObject metric = names().getAsJsonObject("metrics").getAsJsonObject(key);
            List<String> fields =
                    metric.getAsJsonArray("fields").asList().stream().map(JsonElement::getAsString).toList();
            return new Metric(
                    metric.get("name").getAsString(),
                    metric.get("unit").getAsString(),
                    metric.get("description").getAsString(),
                    fields);
        }
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
            }
            if (value != null) {
                found.put(attribute.getAsString(), value);
            }
        }
        return found;
    }
}
