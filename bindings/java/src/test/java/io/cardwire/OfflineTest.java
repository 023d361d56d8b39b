package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cards read on this machine, and issuers looked up. */
class OfflineTest {
    @TempDir Path folder;
    private final Sandbox sandbox = Sandbox.fresh();

    private Client client() {
        JsonObject config = new JsonObject();
        config.addProperty("journal", folder.resolve("journal").toString());
        config.add("vendors", JsonParser.parseString("[{\"vendor\":\"offline\"}]"));
        return Client.fromJson(config.toString());
    }

    @AfterEach
    void nothingWasSent() {
        assertEquals(0, sandbox.connections());
    }

    @Test
    void readsACard() {
        try (Client client = client()) {
            Recognition card = client.recognize(Sandbox.IMAGES.resolve("icbc-debit.jpg"));
            assertEquals(Sandbox.CARD, card.cardNumber());
            assertTrue(card.confidence() >= 0.9 && card.confidence() <= 1, card.toString());
            assertEquals("中国工商银行", card.issuer());
            assertEquals(IssuerSource.TABLE, card.issuerSource());
            assertEquals("ICBC", card.issuerCode());
            assertEquals(CardKind.DEBIT, card.cardKind());
            List<Point> corners = card.corners();
            assertEquals(4, corners.size());
            assertTrue(corners.get(0).x() < corners.get(2).x() && corners.get(0).y() < corners.get(2).y());
            assertEquals(List.of(), card.warnings());
            assertEquals(0, card.raw().length);
            assertEquals(Vendor.OFFLINE, card.vendor());
            assertEquals(Sent.NO, card.sent());
            assertEquals(Billed.NO, card.billed());
            assertEquals(1, card.attempts().size());
            assertFalse(card.toString().contains(Sandbox.CARD), card.toString());
            assertEquals(List.of(), client.orders());
        }
    }

    private static Kind ended(Client client, CallOptions options) {
        Image photo = Image.bytes(Sandbox.photo("ccb-debit-large.jpg"));
        CardwireException error =
                assertThrows(CardwireException.class, () -> client.recognize(photo, options));
        assertEquals(Sent.NO, error.sent());
        assertEquals(Billed.NO, error.billed());
        error.attempts().forEach(attempt -> assertEquals(error.kind(), attempt.failure()));
        return error.kind();
    }

    @Test
    void aDeadlineAndACancellationEndAReading() {
        try (Client client = client()) {
            assertEquals(Kind.TIMEOUT, ended(client, CallOptions.defaults().withTimeout(Duration.ofMillis(20))));
        }
        Cancellation cancellation = new Cancellation();
        Client.Builder observed =
                Client.builder()
                        .config("{\"vendors\":[{\"vendor\":\"offline\"}]}")
                        .onEvent(
                                event -> {
                                    if (event instanceof Event.AttemptStarted) {
                                        cancellation.cancel();
                                    }
                                });
        try (Client client = observed.build()) {
            assertEquals(Kind.CANCELLED, ended(client, CallOptions.defaults().withCancellation(cancellation)));
            assertEquals(Sandbox.CARD, client.recognize(Sandbox.IMAGES.resolve("icbc-debit.jpg")).cardNumber());
        }
    }

    /**
     * Two digits of the number in each other's place, so that its check digit does not fit: nobody reads it with
     * confidence.
     */
    private static byte[] swapped(byte[] bitmap) {
        byte[] changed = bitmap.clone();
        int length = 13 * 3;
        for (int row = 143; row < 167; row++) {
            // 400 by 250 pixels, three bytes each, the lowest row first.
            int start = 54 + (249 - row) * 1200;
            System.arraycopy(bitmap, start + 133 * 3, changed, start + 147 * 3, length);
            System.arraycopy(bitmap, start + 147 * 3, changed, start + 133 * 3, length);
        }
        return changed;
    }

    private static void hasNone(String text, List<NumberCandidate> candidates) {
        for (NumberCandidate candidate : candidates) {
            assertFalse(text.contains(candidate.cardNumber()), text);
        }
    }

    @Test
    void whatIsNotSureIsACandidateAndInNoText() {
        byte[] photo = swapped(Sandbox.photo("comm-quasi-credit.bmp"));
        try (Client client = client()) {
            CardwireException error = assertThrows(CardwireException.class, () -> client.recognize(photo));
            assertEquals(Kind.CARD_NOT_FOUND, error.kind());
            assertEquals("not_sure", error.vendorCode());
            assertEquals(Sent.NO, error.sent());
            assertEquals(Billed.NO, error.billed());
            List<NumberCandidate> candidates = error.candidates();
            assertEquals("6222450000000004", candidates.get(0).cardNumber());
            assertEquals("622245******0004", candidates.get(0).maskedCardNumber());
            for (NumberCandidate candidate : candidates) {
                assertTrue(candidate.confidence() >= 0 && candidate.confidence() <= candidates.get(0).confidence());
            }
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            hasNone(trace.toString(), candidates);
            hasNone(error.toJson(), candidates);
            hasNone(candidates.toString(), candidates);
            assertTrue(candidates.toString().contains("622245******0004"), candidates.toString());

            CompletionException later =
                    assertThrows(
                            CompletionException.class, () -> client.recognizeAsync(Image.bytes(photo)).join());
            assertEquals(candidates, ((CardwireException) later.getCause()).candidates());
            assertEquals(List.of(), client.orders());
        }
    }

    @Test
    void aPictureWithoutACardHasNoCandidates() {
        byte[] photo = Sandbox.photo("comm-quasi-credit.bmp");
        Arrays.fill(photo, 54, photo.length, (byte) 128);
        try (Client client = client()) {
            CardwireException error = assertThrows(CardwireException.class, () -> client.recognize(photo));
            assertEquals(Kind.CARD_NOT_FOUND, error.kind());
            assertEquals("no_card", error.vendorCode());
            assertEquals(List.of(), error.candidates());
        }
    }

    @Test
    void looksUpIssuers() {
        Client client = client();
        try (client) {
            assertEquals(
                    Optional.of(new Issuer("中国工商银行", "ICBC", CardKind.DEBIT)),
                    client.lookupIssuer("6222 0200 0000 0000 000"));
            assertEquals(Optional.empty(), client.lookupIssuer("1234560000000000"));
            CardwireException error = assertThrows(CardwireException.class, () -> client.lookupIssuer("6222"));
            assertEquals(Kind.INVALID_ARGUMENT, error.kind());
            assertEquals("card_number", error.argument());
        }
        CardwireException closed = assertThrows(CardwireException.class, () -> client.lookupIssuer(Sandbox.CARD));
        assertEquals(Kind.CLOSED, closed.kind());
        assertNull(closed.argument());
    }
}
