package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Results and errors that tests make, and clients that answer from a script. */
class ScriptTest {
    private static final Cardholder PERSON = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);

    private static final byte[] PHOTO = Sandbox.photo("icbc-debit.jpg");

    private static Recognition card() {
        return Answer.recognition(Sandbox.CARD).make();
    }

    private static Verification verified(Outcome outcome) {
        return Answer.verification(outcome).make();
    }

    @Test
    void whatIsNotSetSaysNothing() {
        Recognition card = card();
        assertEquals(Sandbox.CARD, card.cardNumber());
        assertEquals(
                new CallFacts(null, null, null, null, null, null, null, Sent.NO, Billed.NO, List.of()), card.facts());
        assertEquals(CardKind.UNKNOWN, card.cardKind());
        assertEquals(List.of(), card.warnings());
        assertEquals(List.of(), card.corners());
        assertArrayEquals("{}".getBytes(), card.raw());
        for (Object absent : new Object[] {card.confidence(), card.issuer(), card.validThru(), card.numberPhoto()}) {
            assertNull(absent);
        }
        assertEquals(card, card());
        assertFalse(card.toString().contains(Sandbox.CARD));
    }

    @Test
    void eachFieldIsAsTheLibraryMakesIt() {
        List<Warning> warnings = List.of(new Warning(WarningKind.GLARE, "-9112"));
        List<Attempt> attempts =
                List.of(
                        new Attempt(
                                Vendor.WECHAT, "wechat", null, "0", "A1", Sent.YES, Billed.YES, Duration.ofMillis(12)));
        Recognition card =
                Answer.recognition(Sandbox.CARD)
                        .with("vendor", Vendor.WECHAT)
                        .with("billed", Billed.YES)
                        .with("cardKind", CardKind.CREDIT)
                        .with("validThru", new ValidThru(2030, 1, "01/2030"))
                        .with("numberPhoto", new byte[] {1, 2})
                        .with("clarity", 92)
                        .with("confidence", 1.0)
                        .with("warnings", warnings)
                        .with("attempts", attempts)
                        .with("raw", "{\"errcode\":0}".getBytes())
                        .make();
        assertEquals(Vendor.WECHAT, card.vendor());
        assertEquals(Billed.YES, card.billed());
        assertEquals(CardKind.CREDIT, card.cardKind());
        assertEquals(new ValidThru(2030, 1, "01/2030"), card.validThru());
        assertArrayEquals(new byte[] {1, 2}, card.numberPhoto());
        assertEquals(warnings, card.warnings());
        assertEquals(attempts, card.attempts());
        JsonObject json = JsonParser.parseString(card.toJson()).getAsJsonObject();
        assertEquals(0, json.getAsJsonObject("raw").get("errcode").getAsInt());
        assertEquals("ok", json.getAsJsonArray("attempts").get(0).getAsJsonObject().get("outcome").getAsString());
        Verification mismatch =
                Answer.verification(Outcome.MISMATCH).with("reason", Reason.CARDHOLDER_MISMATCH).make();
        assertEquals(Reason.CARDHOLDER_MISMATCH, mismatch.reason());
        assertEquals("中国工商银行", Answer.cardLookup(true).with("issuer", "中国工商银行").make().issuer());
        assertEquals("ABC1", Answer.order("ABC1").make().orderId());
    }

    @ParameterizedTest
    @EnumSource
    void everyKindOfErrorCanBeMade(Kind kind) {
        CardwireException error =
                Answer.error(kind).with("sent", Sent.UNKNOWN).with("vendor", Vendor.BAIDU_OCR).make();
        assertEquals(kind, error.kind());
        assertEquals(kind.number(), error.code());
        assertEquals(Sent.UNKNOWN, error.sent());
        assertEquals(Vendor.BAIDU_OCR, error.vendor());
        assertEquals(kind.slug() + ": made by a test", error.getMessage());
        assertNull(error.order());
    }

    @Test
    void anErrorHasTheCauseThatTheLibraryGivesIt() {
        NetworkCause cause = new NetworkCause("connect", "127.0.0.1", 9, "Connection refused", 111);
        CardwireException error =
                Answer.error(Kind.NETWORK)
                        .with("message", "no connection")
                        .with("networkCause", cause)
                        .with("retryAfter", Duration.ofSeconds(2))
                        .make();
        assertInstanceOf(ConnectException.class, error.getCause());
        assertEquals(cause, error.networkCause());
        assertEquals(Duration.ofSeconds(2), error.retryAfter());
        List<NumberCandidate> candidates = List.of(new NumberCandidate(Sandbox.CARD, 0.5));
        assertEquals(candidates, Answer.error(Kind.CARD_NOT_FOUND).with("candidates", candidates).make().candidates());
    }

    @Test
    void whatNoResultHasIsRefused() {
        List<Executable> wrong =
                List.of(
                        () -> Answer.recognition(Sandbox.CARD).with("cardNunber", "1"),
                        () -> Answer.recognition(Sandbox.CARD).with("toJson", "{}"),
                        () -> Answer.recognition(Sandbox.CARD).with("candidates", List.of()),
                        () -> Answer.recognition(Sandbox.CARD).with("billed", "yes"),
                        () -> Answer.error(Kind.NETWORK).with("raw", new byte[0]),
                        () -> Answer.error(Kind.NETWORK).with("httpStatus", "502"));
        wrong.forEach(call -> assertThrows(IllegalArgumentException.class, call));
    }

    @Test
    void aClientAnswersFromItsScript() {
        CardwireException late = Answer.error(Kind.TIMEOUT).with("sent", Sent.UNKNOWN).make();
        List<CallReport> answers =
                List.of(
                        card(),
                        late,
                        verified(Outcome.MATCH),
                        Answer.cardLookup(true).make(),
                        Answer.order("ABC1").make(),
                        Answer.recognition(Sandbox.CARD).with("vendor", Vendor.OFFLINE).make(),
                        card());
        Script script = Script.of(answers);
        try (Client client = script.client(Map.of("second", Vendor.WECHAT))) {
            CallOptions named = CallOptions.defaults().withOrderId("A1").withReference("photo-1");
            assertSame(answers.get(0), client.recognize(Image.bytes(PHOTO), named));
            CallOptions baidu = CallOptions.defaults().withVendor(Vendor.BAIDU_OCR);
            Image file = Image.path(Sandbox.IMAGES.resolve("icbc-debit.jpg"));
            assertSame(late, assertThrows(CardwireException.class, () -> client.recognize(file, baidu)));
            assertSame(answers.get(2), client.verifyAsync(PERSON).join());
            assertSame(answers.get(3), client.lookupCard(Sandbox.CARD));
            assertSame(answers.get(4), client.fetchOrder("ABC1"));
            CallOptions offline = CallOptions.defaults().withVendor(Vendor.OFFLINE);
            assertSame(answers.get(5), client.recognize(Image.bytes(PHOTO), offline));
            assertEquals(1, script.remaining());
            Image address = Image.url(URI.create("https://cards.example/a.jpg"));
            assertSame(answers.get(6), client.recognize(address, CallOptions.defaults().withVendor("second")));
        }
        List<ScriptedCall> calls = script.calls();
        assertEquals(
                List.of(Vendor.TENCENT_KYC, Vendor.BAIDU_OCR, Vendor.TENCENT_FACEID, Vendor.TENCENT_FACEID,
                        Vendor.TENCENT_KYC, Vendor.OFFLINE, Vendor.WECHAT),
                calls.stream().map(ScriptedCall::vendor).toList());
        assertEquals("A1", calls.get(0).orderId());
        assertEquals("photo-1", calls.get(0).reference());
        assertArrayEquals(PHOTO, calls.get(0).photo());
        assertEquals(Path.of(calls.get(1).image()).getFileName(), Path.of("icbc-debit.jpg"));
        assertEquals(32, calls.get(1).orderId().length());
        assertEquals(PERSON, calls.get(2).cardholder());
        assertEquals(Sandbox.CARD, calls.get(3).cardNumber());
        assertEquals(Operation.FETCH_ORDER, calls.get(4).operation());
        assertEquals("second", calls.get(6).account());
        for (String value : List.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID, "cards.example")) {
            assertFalse(calls.toString().contains(value));
        }
    }

    @Test
    void whatTheLibraryRefusesTakesNoAnswer() {
        Script script = Script.of(verified(Outcome.MATCH));
        Client client = script.client();
        List<Executable> refused =
                List.of(
                        () -> client.recognize(new byte[9]),
                        () -> client.recognize(Path.of("nowhere.jpg")),
                        () -> client.recognize(Image.bytes(PHOTO), CallOptions.defaults().withVendor("nobody")),
                        () -> client.verify(Cardholder.of("62220200000000O0000", Sandbox.NAME)),
                        () -> client.fetchOrder("!"));
        for (Executable call : refused) {
            assertEquals(Kind.INVALID_ARGUMENT, assertThrows(CardwireException.class, call).kind());
        }
        CallOptions wechat = CallOptions.defaults().withVendor(Vendor.WECHAT);
        Executable unsupported = () -> client.verify(PERSON, wechat);
        assertEquals(Kind.UNSUPPORTED, assertThrows(CardwireException.class, unsupported).kind());
        assertEquals(Kind.INVALID_CONFIG, assertThrows(CardwireException.class, client::orders).kind());
        assertEquals(List.of(), script.calls());
        assertEquals(1, script.remaining());
        client.close();
        assertEquals(Kind.CLOSED, assertThrows(CardwireException.class, () -> client.verify(PERSON)).kind());
    }

    @Test
    void aCallWithoutAnAnswerFailsTheTest() {
        try (Client client = Script.of(card()).client();
                Client ended = Script.of().client()) {
            ScriptError error = assertThrows(ScriptError.class, () -> client.verify(PERSON));
            assertEquals("call 1, verify, has no answer: the next one is of recognize", error.getMessage());
            error = assertThrows(ScriptError.class, () -> ended.verify(PERSON));
            assertEquals("call 1, verify, has no answer: the script is at its end", error.getMessage());
            CompletionException late =
                    assertThrows(CompletionException.class, () -> ended.verifyAsync(PERSON).join());
            assertInstanceOf(ScriptError.class, late.getCause());
        }
    }

    @Test
    void aBatchHasItsAnswersInTheOrderOfItsInputs() {
        CardwireException refused = Answer.error(Kind.CARD_NOT_FOUND).with("billed", Billed.YES).make();
        List<CallReport> answers = List.of(card(), refused, card());
        Script script = Script.of(answers);
        BatchOptions options =
                BatchOptions.defaults()
                        .withConcurrency(8)
                        .withCall(CallOptions.defaults().withVendor(Vendor.TENCENT_OCR));
        Image photo = Image.bytes(PHOTO);
        List<BatchInput<Image>> inputs =
                List.of(photo, Image.bytes(new byte[9]), photo.withReference("second"), photo);
        List<BatchItem<Recognition>> items = new ArrayList<>(Collections.nCopies(4, null));
        try (Client client = script.client()) {
            for (BatchItem<Recognition> item : client.recognizeMany(inputs, options)) {
                items.set((int) item.index(), item);
            }
        }
        assertSame(answers.get(0), items.get(0).result());
        assertEquals(Kind.INVALID_ARGUMENT, items.get(1).error().kind());
        assertSame(refused, items.get(2).error());
        assertSame(answers.get(2), items.get(3).result());
        assertEquals("second", script.calls().get(1).reference());
        assertEquals(Vendor.TENCENT_OCR, script.calls().get(2).vendor());
        try (Client client = Script.of(verified(Outcome.MATCH)).client()) {
            Batch<Verification> batch = client.verifyMany(List.of(PERSON, PERSON));
            assertEquals(Outcome.MATCH, batch.next().orThrow().outcome());
            assertThrows(ScriptError.class, batch::next);
        }
    }
}
