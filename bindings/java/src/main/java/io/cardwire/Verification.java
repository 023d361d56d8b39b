package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * A vendor's answer about a cardholder. Only {@link Outcome#MATCH} says that card, name and ID number belong
 * together.
 *
 * @param outcome match, mismatch, or the vendor cannot tell
 * @param reason why it is not a match; null for a match
 * @param vendorCode the vendor's code, as it came
 * @param description the vendor's text, in its language: for people, not for programs
 * @param raw the vendor's whole answer, byte for byte: personal data; the array is the result's own
 * @param facts vendor, order number, request id, {@code sent}, {@code billed} and the attempts
 * @param toJson everything as a JSON object, personal data included, as every language has it
 */
public record Verification(
        Outcome outcome,
        @Nullable Reason reason,
        String vendorCode,
        String description,
        byte[] raw,
        CallFacts facts,
        String toJson)
        implements CallResult {
    /** Compares the JSON documents, which hold every field. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Verification that && toJson.equals(that.toJson);
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
