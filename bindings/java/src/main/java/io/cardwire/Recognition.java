package io.cardwire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A card as it was read in a photo.
 *
 * @param cardNumber the card number, digits only: personal data
 * @param confidence from 0 to 1, the share of such readings that are right, or null where whoever read it does not say
 *     so: the vendor {@code offline} does
 * @param issuer the issuing bank, as the vendor names it, or else as the table of prefixes does; null where neither
 *     knows it
 * @param issuerSource where the issuer is known from; null where there is none
 * @param issuerCode the issuer's code as Alipay writes it, such as {@code ICBC}, or null where the table of prefixes has
 *     none
 * @param cardName the card's full name, as the vendor states it, or null
 * @param cardKind debit, credit, ...
 * @param validThru the month the card is valid through, or null where the vendor read none
 * @param numberPhoto a JPEG of the number as it stands on the card, or null: personal data
 * @param clarity how sharp the photo is, 0 to 100, or null where the vendor does not say
 * @param corners the corners of the card in the photo, clockwise from the upper left one of the card; empty where
 *     whoever read it does not say so: the vendor {@code offline} does
 * @param warnings what was wrong with the photo, or doubtful in what was read
 * @param raw the vendor's whole answer, byte for byte: personal data; the array is the result's own
 * @param facts vendor, order number, request id, {@code sent}, {@code billed} and the attempts
 * @param toJson everything as a JSON object, personal data included, as every language has it
 */
public record Recognition(
        String cardNumber,
        @Nullable Double confidence,
        @Nullable String issuer,
        @Nullable IssuerSource issuerSource,
        @Nullable String issuerCode,
        @Nullable String cardName,
        CardKind cardKind,
        @Nullable ValidThru validThru,
        byte @Nullable [] numberPhoto,
        @Nullable Integer clarity,
        List<Point> corners,
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
