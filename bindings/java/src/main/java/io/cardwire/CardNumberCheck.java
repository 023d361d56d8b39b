package io.cardwire;

/**
 * The findings about the digits of a card number.
 *
 * @param wellFormed whether it is 12 to 19 digits, blanks and dashes between them aside
 * @param luhn whether the last digit is the Luhn check digit; some issued cards fail this, so no call
 *     refuses a card for it
 */
public record CardNumberCheck(boolean wellFormed, boolean luhn) {}
