package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * The month a card is valid through.
 *
 * @param year the year, with four digits; null where the text could not be read as a date
 * @param month the month, 1 to 12; null where the text could not be read as a date
 * @param printed the vendor's text
 */
public record ValidThru(@Nullable Integer year, @Nullable Integer month, String printed) {
    static ValidThru read(Packed packed) {
        Integer year = packed.number(0);
        Integer month = packed.number(0);
        String printed = packed.text();
        return printed == null ? null : new ValidThru(year, month, printed);
    }
}
