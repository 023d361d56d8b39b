package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OperationsTest {
    private final Sandbox sandbox = Sandbox.fresh();

    @Test
    void recognizesBytes() {
        try (Client client = sandbox.client("tencent_kyc")) {
            Recognition card = client.recognize(Sandbox.photo("icbc-debit.jpg"));
            assertEquals(Sandbox.CARD, card.cardNumber());
            assertEquals("622202*********0000", card.maskedCardNumber());
            assertEquals(Vendor.TENCENT_KYC, card.vendor());
            assertEquals("tencent_kyc", card.account());
            assertTrue(card.transactionTime().matches("20\\d{12}"), card.transactionTime());
            assertNull(card.gatewayRequestId());
            assertEquals(Sent.YES, card.sent());
            assertEquals(Billed.YES, card.billed());
            assertEquals(1, card.attempts().size());
            Attempt attempt = card.attempts().get(0);
            assertEquals("ok", attempt.outcome());
            assertNull(attempt.failure());
            assertEquals(Sent.YES, attempt.sent());
            assertTrue(card.orderId().matches("[0-9A-Za-z]{1,32}"), card.orderId());
            assertEquals(0xff, card.numberPhoto()[0] & 0xff, "a JPEG");
            assertEquals(0xd8, card.numberPhoto()[1] & 0xff, "a JPEG");
            assertTrue(new String(card.raw(), StandardCharsets.UTF_8).contains(Sandbox.CARD));
        }
        assertEquals(1, sandbox.counts("tencent_kyc").get("billed").getAsInt());
    }

    @Test
    void makesPhotosFit() {
        byte[] photo = Sandbox.photo("icbc-debit.jpg");
        byte[] onItsSide = HexFormat.of().parseHex("ffe1002245786966000049492a0008000000010012010300010000000600000000000000");
        ByteBuffer turned = ByteBuffer.allocate(photo.length + onItsSide.length);
        turned.put(photo, 0, 2).put(onItsSide).put(photo, 2, photo.length - 2);
        try (Client client = sandbox.client("wechat")) {
            ImageFitted fitted = client.recognize(turned.array()).imageFitted();
            assertEquals(
                    new ImageFitted(turned.capacity(), fitted.bytesAfter(), 1200, 760, 760, 1200), fitted);
            assertNull(client.recognize(photo).imageFitted());
        }
    }

    @Test
    void recognizesFilesBuffersAndAddresses() {
        try (Client client = sandbox.client("aliyun_bankocr")) {
            Recognition file = client.recognize(Sandbox.IMAGES.resolve("icbc-debit.jpg"));
            assertEquals("中国工商银行", file.issuer());
            assertEquals(CardKind.DEBIT, file.cardKind());
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            buffer.put(7, Sandbox.photo("ccb-credit.jpg"));
            buffer.position(7).limit(7 + Sandbox.photo("ccb-credit.jpg").length);
            assertEquals(CardKind.CREDIT, client.recognize(Image.bytes(buffer)).cardKind());
            assertEquals(7, buffer.position());
            Recognition url = client.recognize(URI.create("https://cards.example/card/6217000000000000004.jpg"));
            assertEquals("6217000000000000004", url.cardNumber());
            assertEquals(
                    Sandbox.CARD,
                    client.recognize(Image.url("https://cards.example/a b|中.jpg")).cardNumber());
        }
    }

    @Test
    void recognitionHasEveryFieldOfItsDocument() {
        byte[] marked =
                concat(
                        withoutMarker(Sandbox.photo("icbc-debit.jpg")),
                        ("cardwire-card:{\"number\":\"6217000000000000004\",\"issuer\":\"中国建设银行\",\"name\":"
                                        + "\"龙卡通\",\"kind\":\"credit\",\"valid\":\"07/2031\",\"clarity\":88,"
                                        + "\"warnings\":[\"-9102\"]}")
                                .getBytes(StandardCharsets.UTF_8));
        try (Client client = sandbox.client("tencent_kyc", "wechat", "aliyun_bankocr")) {
            Recognition card = client.recognize(marked);
            assertEquals("6217000000000000004", card.cardNumber());
            assertEquals(new ValidThru(2031, 7, "07/2031"), card.validThru());
            assertEquals(88, card.clarity());
            assertEquals(1, card.warnings().size());
            assertEquals("-9102", card.warnings().get(0).code());
            var json = JsonParser.parseString(card.toJson()).getAsJsonObject();
            assertEquals(card.cardNumber(), json.get("card_number").getAsString());
            assertEquals(card.orderId(), json.get("order_id").getAsString());
            assertEquals(card.billed().slug(), json.get("billed").getAsString());

            String shown = card.toString();
            assertTrue(shown.contains("621700*********0004"), shown);
            for (String hidden : List.of("6217000000000000004", "龙卡通", "cardNumber=6217000000000000")) {
                assertFalse(shown.contains(hidden), shown);
            }
            assertNotEquals(card, client.recognize(marked), "another order number");
        }
    }

    /** The sandbox reads the first marker that it finds. */
    private static byte[] withoutMarker(byte[] photo) {
        String text = new String(photo, StandardCharsets.ISO_8859_1);
        return text.replace("cardwire-card:", "cardwire-none:").getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    @Test
    void verifies() {
        try (Client client = sandbox.client("tencent_faceid")) {
            Cardholder holder = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);
            Verification match = client.verify(holder);
            assertEquals(Outcome.MATCH, match.outcome());
            assertNull(match.reason());
            assertEquals("0", match.vendorCode());
            assertEquals(Vendor.TENCENT_FACEID, match.vendor());
            assertFalse(match.requestId().isEmpty());
            assertNull(match.gatewayRequestId());
            assertNull(match.transactionTime());

            Verification other = client.verify(Cardholder.of(Sandbox.CARD, "李四", Sandbox.ID));
            assertEquals(Outcome.MISMATCH, other.outcome());
            assertEquals(Reason.CARDHOLDER_MISMATCH, other.reason());
            assertFalse(other.toString().contains("李四"));

            assertEquals(Outcome.MATCH, client.verify(holder.withPhone("13800000000")).outcome());
            assertEquals(Outcome.MISMATCH, client.verify(holder.withPhone("13800000001")).outcome());
            assertEquals(Outcome.MATCH, client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME)).outcome());
            assertEquals(
                    "Cardholder[cardNumber=***, name=***, idNumber=***, phone=null]", holder.toString());
        }
    }

    @Test
    void aCardWithoutARecordIsInconclusive() {
        try (Client client = sandbox.client("aliyun_yhkr")) {
            Verification none =
                    client.verify(Cardholder.of("9999990000000000", Sandbox.NAME, Sandbox.ID));
            assertEquals(Outcome.INCONCLUSIVE, none.outcome());
            assertEquals(Reason.NO_RECORD, none.reason());
        }
    }

    @Test
    void looksUpACard() {
        try (Client client = sandbox.client("tencent_faceid")) {
            CardLookup known = client.lookupCard(Sandbox.CARD);
            assertTrue(known.found());
            assertNull(known.reason());
            assertEquals("中国工商银行", known.issuer());
            assertEquals(CardKind.DEBIT, known.cardKind());
            assertEquals(Vendor.TENCENT_FACEID, known.vendor());
            CardLookup spaced = client.lookupCard("6222 0200-0000 0000 000", CallOptions.defaults());
            assertEquals(known.issuer(), spaced.issuer());
        }
    }

    @Test
    void fetchesAnOrder() {
        try (Client client = sandbox.client("tencent_kyc")) {
            byte[] photo = Sandbox.photo("icbc-debit.jpg");
            CallOptions options = CallOptions.defaults().withOrderId("javaOrder0001").withUserId("user1");
            assertEquals("javaOrder0001", client.recognize(Image.bytes(photo), options).orderId());
            Order order = client.fetchOrder("javaOrder0001");
            assertEquals(Sandbox.CARD, order.cardNumber());
            assertEquals("622202*********0000", order.maskedCardNumber());
            assertArrayEquals(photo, order.originalPhoto());
            assertFalse(order.toString().contains(Sandbox.CARD));
            CardwireException unknown =
                    assertThrows(CardwireException.class, () -> client.fetchOrder("neverUsed"));
            assertEquals(Vendor.TENCENT_KYC, unknown.vendor());
        }
    }

    @Test
    void optionsChooseVendorAndDeadline() {
        try (Client client = sandbox.client()) {
            Image photo = Image.path(Sandbox.IMAGES.resolve("icbc-debit.jpg"));
            CallOptions wechat = CallOptions.defaults().withVendor(Vendor.WECHAT);
            assertEquals(Vendor.WECHAT, client.recognize(photo, wechat).vendor());
            CallOptions ordered = CallOptions.defaults().withVendors(List.of("aliyun_bankocr", "wechat"));
            assertEquals(Vendor.ALIYUN_BANKOCR, client.recognize(photo, ordered).vendor());
            sandbox.silence("wechat", "recognize");
            CardwireException late =
                    assertThrows(
                            CardwireException.class,
                            () -> client.recognize(photo, wechat.withTimeout(Duration.ofMillis(300))));
            assertEquals(Kind.TIMEOUT, late.kind());
            assertEquals(Sent.UNKNOWN, late.sent());
            assertEquals(Billed.UNKNOWN, late.billed());
            CardwireException zero =
                    assertThrows(
                            CardwireException.class,
                            () -> client.recognize(photo, wechat.withTimeout(Duration.ZERO)));
            assertEquals(Kind.TIMEOUT, zero.kind());
        }
    }

    @Test
    void checksWithoutSending() {
        assertEquals(new CardNumberCheck(true, true), Checks.cardNumber(Sandbox.CARD));
        assertEquals(new CardNumberCheck(true, false), Checks.cardNumber("6222020000000000001"));
        assertEquals(new CardNumberCheck(false, false), Checks.cardNumber("６２２２"));
        assertEquals(new IdNumberCheck(true, true, true), Checks.idNumber(Sandbox.ID));
        assertEquals(new IdNumberCheck(true, false, false), Checks.idNumber("110101190002290016"));
        ImageCheck image = Checks.image(Sandbox.photo("icbc-debit.jpg"));
        assertEquals(ImageFormat.JPEG, image.format());
        assertEquals(Sandbox.photo("icbc-debit.jpg").length, image.bytes());
        assertTrue(Stream.of(Vendor.TENCENT_KYC, Vendor.WECHAT, Vendor.ALIYUN_BANKOCR).allMatch(image::accepts));
        assertFalse(image.accepts(Vendor.ALIYUN_YHKR));
        assertNull(image.look());
        assertEquals(PhotoLook.READABLE, Checks.image(Sandbox.photo("icbc-debit.jpg"), true).look());
        assertThrows(CardwireException.class, () -> Checks.image(Sandbox.photo("truncated.jpg"), true));
        CardwireException text =
                assertThrows(CardwireException.class, () -> Checks.image(Sandbox.photo("text.jpg")));
        assertEquals("image", text.argument());
        assertEquals(0, sandbox.connections());
    }

    @Test
    void theVersionIsThatOfTheJar() {
        assertEquals("0.1.0", Client.version());
        assertEquals("Image[***]", Image.path(Path.of("person.jpg")).toString());
    }
}
