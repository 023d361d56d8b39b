package io.cardwire;

/**
 * A fault of a photo that could be read all the same, or of what was read.
 *
 * @param kind the fault
 * @param code the vendor's code, as it came; {@code check_digit} or {@code other_reading} where the warning is the
 *     library's own
 */
public record Warning(WarningKind kind, String code) {}
