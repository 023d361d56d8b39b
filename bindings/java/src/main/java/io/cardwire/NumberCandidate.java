package io.cardwire;

import java.io.Serializable;

/**
 * A number that may stand on a card, as it was read.
 *
 * @param cardNumber the number, digits only: personal data
 * @param confidence from 0 to 1: the share of such readings that are right
 */
public record NumberCandidate(String cardNumber, double confidence) implements Serializable {
    /** {@return the number as it may be shown and logged: the first six and last four digits} */
    public String maskedCardNumber() {
        return Text.masked(cardNumber);
    }

    /** Shows no personal data. */
    @Override
    public String toString() {
        return Document.shown(this);
    }
}
