package io.cardwire;

/** The result of a call, with the vendor's answer and the facts of the call. */
public sealed interface CallResult extends CallReport permits Recognition, Verification, CardLookup, Order {
    /**
     * {@return the vendor's whole answer, byte for byte: personal data} The array is the result's own, so that it can
     * be wiped.
     */
    byte[] raw();

    /**
     * {@return everything as a JSON object, personal data and photos (as base64) included, with the field names that
     * every language uses}
     */
    String toJson();
}
