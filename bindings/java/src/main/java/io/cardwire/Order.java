package io.cardwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order as a vendor keeps it under its number. The facts are those of the query itself.
 *
 * @param cardNumber the card number, digits only, or null: personal data
 * @param validThru the month the card is valid through, or null where the vendor read none
 * @param clarity how sharp the photo is, 0 to 100, or null where the vendor does not say
 * @param warnings what was wrong with the photo
 * @param originalPhoto the photo as it was sent, or null: personal data
 * @param cardPhoto the card cut out of the photo, or null: personal data
 * @param numberPhoto the number cut out of the photo, or null: personal data
 * @param operatedAt when the vendor worked on it, in the vendor's words (China Standard Time), or null
 * @param raw the vendor's whole answer, byte for byte: personal data; the array is the result's own
 * @param facts vendor, order number, request id, {@code sent}, {@code billed} and the attempts
 * @param toJson everything as a JSON object, personal data included, as every language has it
 */
public record Order(
        @Nullable String cardNumber,
        @Nullable ValidThru validThru,
        @Nullable Integer clarity,
        List<Warning> warnings,
        byte @Nullable [] originalPhoto,
        byte @Nullable [] cardPhoto,
        byte @Nullable [] numberPhoto,
        @Nullable String operatedAt,
        byte[] raw,
        CallFacts facts,
        String toJson)
        implements CallResult {
    /** {@return the card number as it may be shown and logged, the first six and last four digits, or null} */
    public @Nullable String maskedCardNumber() {
        return cardNumber == null ? null : Text.masked(cardNumber);
    }

    /** Compares the JSON documents, which hold every field. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Order that && toJson.equals(that.toJson);
    }

    @Override
    public int hashCode() {
        return toJson.hashCode();
    }

    /** Shows no personal data. */
    @Override
    public String toString() {
        return Document.shown(this);
    }
}
