package io.cardwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A card as a vendor read it.
 *
 * @param cardNumber the card number, digits only: personal data
 * @param issuer the issuing bank, as the vendor names it, or null
 * @param cardName the card's full name, as the vendor states it, or null
 * @param cardKind debit, credit, ...
 * @param validThru the month the card is valid through, or null where the vendor read none
 * @param numberPhoto a JPEG of the number as it stands on the card, or null: personal data
 * @param clarity how sharp the photo is, 0 to 100, or null where the vendor does not say
 * @param warnings what was wrong with the photo
 * @param raw the vendor's whole answer, byte for byte: personal data; the array is the result's own
 * @param facts vendor, order number, request id, {@code sent}, {@code billed} and the attempts
 * @param toJson everything as a JSON object, personal data included, as every language has it
 */
public record Recognition(
        String cardNumber,
        @Nullable String issuer,
        @Nullable String cardName,
        CardKind cardKind,
        @Nullable ValidThru validThru,
        byte @Nullable [] numberPhoto,
        @Nullable Integer clarity,
        List<Warning> warnings,
        byte[] raw,
        CallFacts facts,
        String toJson)
        implements CallResult {
    /** {@return the card number as it may be shown and logged: the first six and last four digits} */
    public String maskedCardNumber() {
        return Text.masked(cardNumber);
    }

    /** Compares the JSON documents, which hold every field. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Recognition that && toJson.equals(that.toJson);
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
