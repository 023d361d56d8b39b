package io.cardwire;

/**
 * Something that was wrong with a photo although the vendor could read it.
 *
 * @param kind what it says
 * @param code the vendor's code, as it came
 */
public record Warning(WarningKind kind, String code) {
    static Warning read(Json json) {
        return new Warning(json.named("kind", WarningKind.values(), WarningKind::slug), json.text("code"));
    }
}
