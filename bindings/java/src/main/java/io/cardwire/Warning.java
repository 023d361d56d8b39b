package io.cardwire;

/**
 * Something that was wrong with a photo although the vendor could read it.
 *
 * @param kind what it says
 * @param code the vendor's code, as it came
 */
public record Warning(WarningKind kind, String code) {
    static Warning read(Packed packed) {
        return new Warning(packed.named(Packed.WARNING_KINDS), packed.text());
    }
}
