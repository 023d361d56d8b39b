package io.cardwire;

import org.jspecify.annotations.Nullable;

/**
 * What a vendor knows about a card number: who issued it, and of what kind the card is.
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
    /** Takes a result over from the library and frees it. */
    static CardLookup take(long lookup) {
        try {
            Packed packed =
                    new Packed(CApi.cardwire_card_lookup_packed(lookup), CApi.cardwire_card_lookup_packed_len(lookup));
            return new CardLookup(
                    packed.number() == 1,
                    packed.named(Packed.LOOKUP_REASONS),
                    packed.text(),
                    packed.named(Packed.CARD_KINDS),
                    packed.text(),
                    packed.text(),
                    CApi.bytes(CApi.cardwire_card_lookup_raw(lookup), CApi.cardwire_card_lookup_raw_len(lookup)),
                    CallFacts.read(packed),
                    CApi.text(CApi.cardwire_card_lookup_json(lookup), CApi.cardwire_card_lookup_json_len(lookup)));
        } finally {
            CApi.cardwire_card_lookup_free(lookup);
        }
    }

    /** Equal are results with the same JSON document, which holds every field. */
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
        return "CardLookup["
                + "found="
                + found
                + ", reason="
                + reason
                + ", issuer="
                + issuer
                + ", cardKind="
                + cardKind
                + ", vendorCode="
                + vendorCode
                + ", description="
                + Text.hidden(description)
                + ", raw="
                + Text.size(raw)
                + ", facts="
                + facts
                + "]";
    }
}
