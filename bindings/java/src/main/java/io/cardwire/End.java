package io.cardwire;

/**
 * The end of a call, as the library told it: the JSON of a result with the vendor's answer, or that of an error
 * with what is told beside it.
 */
record End(String json, byte[] raw, CardwireException.Beside error) {
    /** Copies what the library lends to its callback. */
    static End copy(long document, long documentLen, long raw, long rawLen, long error) {
        String json = CApi.text(document, documentLen);
        if (raw != 0) {
            return new End(json, CApi.bytes(raw, rawLen), null);
        }
        return new End(json, null, CardwireException.Beside.of(error));
    }

    /** Returns the result, or throws the error. */
    <T> T result(Handle client, Class<T> type) {
        if (raw == null) {
            throw client.refusal(CardwireException.read(json, error));
        }
        return Document.parse(json, raw).read(type);
    }
}
