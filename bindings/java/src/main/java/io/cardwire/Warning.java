package io.cardwire;

/**
 * A fault of a photo that the vendor could read all the same.
 *
 * @param kind the fault
 * @param code the vendor's code, as it came
 */
public record Warning(WarningKind kind, String code) {}
