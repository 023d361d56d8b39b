package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
                new CallFacts(null, null, null, null, null, null, null, Sent.YES, Billed.YES, List.of()), card.facts());
        assertEquals(Billed.NO, Answer.order("A1").make().billed());
        assertEquals(Sent.NO, Answer.error(Kind.TIMEOUT).make().sent());
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
                        () -> Answer.recognition(Sandbox.CARD).with("clarity", "high"),
                        () -> Answer.recognition(Sandbox.CARD).with("warnings", List.of("glare")),
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
                        card(),
                        Answer.recognition(Sandbox.CARD).with("account", "theirs").make());
        Script script = Script.of(answers);
        try (Client client = script.client(Map.of("second", Vendor.WECHAT))) {
            CallOptions named = CallOptions.defaults().withOrderId("A1").withReference("photo-1");
            Recognition card = client.recognize(Image.bytes(PHOTO), named);
            Attempt attempt =
                    new Attempt(
                            Vendor.TENCENT_KYC, "tencent_kyc", null, null, "A1", Sent.YES, Billed.YES, Duration.ZERO);
            assertEquals(
                    new CallFacts(
                            Vendor.TENCENT_KYC, "tencent_kyc", "A1", null, null, null, null, Sent.YES, Billed.YES,
                            List.of(attempt)),
                    card.facts());
            CallOptions baidu = CallOptions.defaults().withVendor(Vendor.BAIDU_OCR);
            Image file = Image.path(Sandbox.IMAGES.resolve("icbc-debit.jpg"));
            CardwireException thrown = assertThrows(CardwireException.class, () -> client.recognize(file, baidu));
            assertEquals(Vendor.BAIDU_OCR, thrown.vendor());
            assertEquals(Kind.TIMEOUT, thrown.attempts().get(0).failure());
            assertEquals(thrown.orderId(), thrown.attempts().get(0).orderId());
            assertEquals(late.getMessage(), thrown.getMessage());
            // The answer is as the test made it.
            assertNull(late.vendor());
            assertEquals(Outcome.MATCH, client.verifyAsync(PERSON).join().outcome());
            assertEquals(Billed.YES, client.lookupCard(Sandbox.CARD).billed());
            assertEquals("ABC1", client.fetchOrder("ABC1").orderId());
            CallOptions offline = CallOptions.defaults().withVendor(Vendor.OFFLINE);
            Recognition seen = client.recognize(Image.bytes(PHOTO), offline);
            assertEquals(List.of(Sent.NO, Billed.NO), List.of(seen.sent(), seen.billed()));
            assertEquals(1, script.remaining());
            Image address = Image.url(URI.create("https://cards.example/a.jpg"));
            assertEquals("theirs", client.recognize(address, CallOptions.defaults().withVendor("second")).account());
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
    void callsUnderWayTakeAnswersInTheOrderInWhichTheyBegan() {
        Script script =
                Script.of(
                        Answer.recognition(Sandbox.CARD).with("issuer", "一").make(),
                        Answer.recognition(Sandbox.CARD).with("issuer", "二").make(),
                        verified(Outcome.MATCH));
        try (Client client = script.client()) {
            // A call that began before the others, and whose end comes last.
            Script.Turn<Recognition> first = client.turn(Recognition.class);
            Script.Turn<Recognition> left = client.turn(Recognition.class);
            CompletableFuture<Recognition> refused = client.recognizeAsync(Image.bytes(new byte[9]));
            CompletableFuture<Recognition> second = client.recognizeAsync(Image.bytes(PHOTO));
            CompletableFuture<Verification> verified =
                    CompletableFuture.supplyAsync(() -> client.verify(PERSON));
            assertThrows(TimeoutException.class, () -> second.get(200, TimeUnit.MILLISECONDS));
            assertEquals(3, script.remaining());
            left.leave();
            first.end(ScriptTest::card, Request.photo(PHOTO), CallOptions.defaults());
            assertEquals("一", first.answer().issuer());
            assertEquals("二", second.join().issuer());
            assertEquals(Outcome.MATCH, verified.join().outcome());
            assertInstanceOf(
                    CardwireException.class, assertThrows(CompletionException.class, refused::join).getCause());
        }
        assertEquals(
                List.of(Operation.RECOGNIZE, Operation.RECOGNIZE, Operation.VERIFY),
                script.calls().stream().map(ScriptedCall::operation).toList());
    }

    @Test
    void threadsShareAScript() throws Exception {
        Script script = Script.of(Collections.nCopies(200, verified(Outcome.MATCH)));
        try (Client client = script.client()) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(new Thread(() -> {
                    for (int call = 0; call < 50; call++) {
                        client.verify(PERSON);
                    }
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertEquals(200, script.calls().size());
    }

    @Test
    void aBatchHasItsAnswersInTheOrderOfItsInputs() {
        CardwireException refused = Answer.error(Kind.CARD_NOT_FOUND).with("billed", Billed.YES).make();
        List<CallReport> answers =
                List.of(
                        Answer.recognition(Sandbox.CARD).with("issuer", "一").make(),
                        refused,
                        Answer.recognition(Sandbox.CARD).with("issuer", "二").make());
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
        assertEquals("一", items.get(0).result().issuer());
        assertEquals(Kind.INVALID_ARGUMENT, items.get(1).error().kind());
        assertEquals(Billed.YES, items.get(2).error().billed());
        assertEquals("二", items.get(3).result().issuer());
        assertEquals("second", script.calls().get(1).reference());
        assertEquals(Vendor.TENCENT_OCR, script.calls().get(2).vendor());
        try (Client client = Script.of(verified(Outcome.MATCH)).client()) {
            Batch<Verification> batch = client.verifyMany(List.of(PERSON, PERSON));
            assertEquals(Outcome.MATCH, batch.next().orThrow().outcome());
            assertThrows(ScriptError.class, batch::next);
        }
    }
}
