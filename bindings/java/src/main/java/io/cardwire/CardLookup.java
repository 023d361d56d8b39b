package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * A vendor's knowledge about a card number: its issuer, and the kind of the card.
 *
 * @param found whether the vendor knows the card
 * @param reason why it does not; null when it does
 * @param issuer the issuing bank, as the vendor names it, or null
 * @param cardKind debit, credit, ...
 * @param vendorCode the vendor's code, as it came
 * @param description the vendor's text, in its language: for people, not for programs
 * @param raw the vendor's whole answer, byte for byte: personal data; the array is the result's own
 * @param facts vendor, order number, request id, {@code sent}, {@code billed} and the attempts
 * @param toJson everything as a JSON object, personal data included, as every language has it
 */
public record CardLookup(
        boolean found,
        @Nullable LookupReason reason,
        @Nullable String issuer,
        CardKind cardKind,
        String vendorCode,
        String description,
        byte[] raw,
        CallFacts facts,
        String toJson)
        implements CallResult {
    /** Compares the JSON documents, which hold every field. */
    @Override
    public boolean equals(Object other) {
        return other instanceof CardLookup that && toJson.equals(that.toJson);
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
