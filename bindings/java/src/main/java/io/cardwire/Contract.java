package io.cardwire;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/** The library's own lists, which are the same in every language: limits, and records with their fields. */
final class Contract {
    private Contract() {}

    private static final class Holder {
        static final JsonObject ALL = JsonParser.parseString(CApi.text(CApi.cardwire_contract())).getAsJsonObject();
    }

    static JsonObject all() {
        CApi.ensure();
        return Holder.ALL;
    }

    /** Returns a limit or a default, such as {@code image_bytes}. */
    static long limit(String name) {
        return all().getAsJsonObject("limits").get(name).getAsLong();
    }

    /** Returns the document of an error that says nothing, to be filled. */
    static JsonObject error() {
        return all().getAsJsonObject("error").deepCopy();
    }

    /** Returns whether a field of a record is a personal datum. */
    static boolean isPersonal(String record, String field) {
        for (JsonElement known : all().getAsJsonObject("records").getAsJsonArray(record)) {
            JsonObject described = known.getAsJsonObject();
            if (described.get("name").getAsString().equals(field)) {
                return described.get("personal").getAsBoolean();
            }
        }
        return false;
    }
}
