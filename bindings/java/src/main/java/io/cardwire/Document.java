package io.cardwire;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A JSON object of the library, which is read as a record: a component is the field with its name, or what stands
 * beside the fields.
 */
final class Document {
    /** Components that have another name than their field. */
    private static final Map<String, String> KEYS =
            Map.of("failure", "outcome", "duration", "milliseconds", "networkCause", "cause");

    private static final Gson GSON = new Gson();

    private static final ClassValue<Shape> SHAPES =
            new ClassValue<>() {
                @Override
                protected Shape computeValue(Class<?> type) {
                    return Shape.of(type);
                }
            };

    private final JsonObject json;

    /** The object as it came, where it came as a text. */
    private final String text;

    /** The vendor's answer, where it came beside. */
    private final byte[] raw;

    private Document(JsonObject json, String text, byte[] raw) {
        this.json = json;
        this.text = text;
        this.raw = raw;
    }

    static Document of(JsonObject json) {
        return new Document(json, null, null);
    }

    static Document parse(String text) {
        return parse(text, null);
    }

    static Document parse(String text, byte[] raw) {
        return new Document(JsonParser.parseString(text).getAsJsonObject(), text, raw);
    }

    /** Reads each object of a list. */
    static <T> List<T> parseAll(String text, Class<T> type) {
        return all(JsonParser.parseString(text), type);
    }

    private static <T> List<T> all(JsonElement list, Class<T> type) {
        List<T> records = new ArrayList<>();
        for (JsonElement element : list.getAsJsonArray()) {
            records.add(of(element.getAsJsonObject()).read(type));
        }
        return List.copyOf(records);
    }

    /** A component of a record, with the values of its type where that is a closed list. */
    record Field(
            String name, String key, Class<?> type, Class<?> element, Map<String, Object> values, Method accessor) {
        static Field of(RecordComponent component) {
            Class<?> type = component.getType();
            boolean isTime = type == Instant.class || type == Duration.class && !component.getName().equals("duration");
            String key = KEYS.getOrDefault(component.getName(), snakeCase(component.getName()));
            Class<?> element =
                    component.getGenericType() instanceof ParameterizedType list
                            ? (Class<?>) list.getActualTypeArguments()[0]
                            : null;
            Map<String, Object> values = new HashMap<>();
            if (type.isEnum()) {
                for (Object value : type.getEnumConstants()) {
                    values.put(((NamedValue) value).slug(), value);
                }
            }
            if (component.getName().equals("failure")) {
                values.put("ok", null);
            }
            return new Field(
                    component.getName(), isTime ? key + "_ms" : key, type, element, values, component.getAccessor());
        }

        /** Returns the component of a record. */
        Object of(Record record) {
            try {
                return accessor.invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The constructor and the components of a record. */
    private record Shape(Constructor<?> constructor, List<Field> fields) {
        static Shape of(Class<?> type) {
            List<Field> fields = Arrays.stream(type.getRecordComponents()).map(Field::of).toList();
            try {
                return new Shape(
                        type.getDeclaredConstructor(fields.stream().map(Field::type).toArray(Class<?>[]::new)), fields);
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Returns a copy of a document for the library, with one more text, number or flag. */
    static JsonObject with(JsonObject document, String key, Object value) {
        JsonObject changed = document.deepCopy();
        changed.add(key, GSON.toJsonTree(value));
        return changed;
    }

    /** Returns a value as the library writes it. */
    static JsonElement json(Object value) {
        if (value == null) {
            return JsonNull.INSTANCE;
        } else if (value instanceof NamedValue named) {
            return new JsonPrimitive(named.slug());
        } else if (value instanceof byte[] bytes) {
            return new JsonPrimitive(Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof Duration duration) {
            return new JsonPrimitive(duration.toMillis());
        } else if (value instanceof Instant moment) {
            return new JsonPrimitive(moment.toEpochMilli());
        } else if (value instanceof List<?> list) {
            JsonArray array = new JsonArray();
            list.forEach(element -> array.add(json(element)));
            return array;
        } else if (value instanceof Record record) {
            return json(record);
        }
        return GSON.toJsonTree(value);
    }

    private static JsonObject json(Record record) {
        JsonObject object = new JsonObject();
        for (Field field : fields(record.getClass())) {
            if (field.name().equals("toJson")) {
                continue;
            }
            JsonElement value = json(field.of(record));
            object.add(field.key(), value.isJsonNull() && field.values().containsKey("ok") ? new JsonPrimitive("ok") : value);
        }
        return object;
    }

    /** Returns the same with one more text, which stood beside it. */
    Document with(String key, String value) {
        return new Document(with(json, key, value), text, raw);
    }

    /** Returns the components of a record. */
    static List<Field> fields(Class<?> type) {
        return SHAPES.get(type).fields();
    }

    String text(String key) {
        return json.get(key).getAsString();
    }

    <T> T read(Class<T> type) {
        Shape shape = SHAPES.get(type);
        Object[] values = new Object[shape.fields().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(shape.fields().get(i));
        }
        try {
            return type.cast(shape.constructor().newInstance(values));
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private Object value(Field field) {
        switch (field.name()) {
            case "facts":
                return read(field.type());
            case "raw":
                return raw;
            case "toJson":
                return text == null ? json.toString() : text;
            default:
                JsonElement value = json.get(field.key());
                return value == null || value.isJsonNull() ? null : value(field, value);
        }
    }

    private static Object value(Field field, JsonElement value) {
        Class<?> type = field.type();
        if (type == String.class) {
            return value.getAsString();
        } else if (type == boolean.class) {
            return value.getAsBoolean();
        } else if (type == int.class || type == Integer.class) {
            return value.getAsInt();
        } else if (type == long.class) {
            return value.getAsLong();
        } else if (type == Double.class) {
            return value.getAsDouble();
        } else if (type == Duration.class) {
            return Duration.ofMillis(value.getAsLong());
        } else if (type == Instant.class) {
            return Instant.ofEpochMilli(value.getAsLong());
        } else if (type == byte[].class) {
            return Base64.getDecoder().decode(value.getAsString());
        } else if (type == List.class) {
            return all(value, field.element());
        } else if (type.isEnum()) {
            return named(field, value.getAsString());
        }
        return of(value.getAsJsonObject()).read(type);
    }

    /** Returns the value with a name. */
    private static Object named(Field field, String name) {
        if (!field.values().containsKey(name)) {
            String newer = "the native library is newer than this jar: it says " + name;
            throw CardwireException.of(Kind.INTERNAL, field.key() + ": " + newer);
        }
        return field.values().get(name);
    }

    static String snakeCase(String name) {
        return name.replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** Shows every component of a record; of those that the library calls personal no more than may be shown. */
    static String shown(Record record) {
        String type = record.getClass().getSimpleName();
        StringJoiner shown = new StringJoiner(", ", type + "[", "]");
        for (Field field : fields(record.getClass())) {
            if (!field.name().equals("toJson")) {
                shown.add(field.name() + "=" + shown(snakeCase(type), field, record));
            }
        }
        return shown.toString();
    }

    private static String shown(String type, Field field, Record record) {
        Object value = field.of(record);
        if (value instanceof byte[] bytes) {
            return bytes.length + " bytes";
        } else if (value == null || !Contract.isPersonal(type, field.key())) {
            return String.valueOf(value);
        }
        return field.key().equals("card_number") ? Text.masked((String) value) : Text.hidden((String) value);
    }
}
