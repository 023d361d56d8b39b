package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * The month that a card is valid through.
 *
 * @param year the year, with four digits; null where the text could not be read as a date
 * @param month the month, 1 to 12; null where the text could not be read as a date
 * @param printed the vendor's text
 */
public record ValidThru(@Nullable Integer year, @Nullable Integer month, String printed) {}
