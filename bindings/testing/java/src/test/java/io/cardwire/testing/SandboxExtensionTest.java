package io.cardwire.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cardwire.Billed;
import io.cardwire.CallOptions;
import io.cardwire.CardKind;
import io.cardwire.Cardholder;
import io.cardwire.CardwireException;
import io.cardwire.Client;
import io.cardwire.Image;
import io.cardwire.Kind;
import io.cardwire.Outcome;
import io.cardwire.Recognition;
import io.cardwire.Sent;
import io.cardwire.Vendor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The extension as a program's own tests use it. */
@ExtendWith(SandboxExtension.class)
class SandboxExtensionTest {
    private static final String CARD = "6222020000000000000";

    private static final Cardholder PERSON = Cardholder.of(CARD, "张三", "110101190001010014");

    private static CallOptions by(Vendor vendor) {
        return CallOptions.defaults().withVendor(vendor);
    }

    @Test
    void aClientReadsAPhotoAndTheLedgerSaysSo(Sandbox sandbox, Client client) {
        Recognition card = client.recognize(Image.bytes(sandbox.cardPhoto()), by(Vendor.TENCENT_KYC));
        assertEquals(CARD, card.cardNumber());
        LedgerEntry entry =
                sandbox.ledger(Vendor.TENCENT_KYC).stream()
                        .filter(one -> one.operation().equals("recognize"))
                        .findFirst()
                        .orElseThrow();
        assertEquals(card.orderId(), entry.orderNo());
        assertTrue(entry.executed() && entry.billed());
        assertEquals(1, sandbox.counts(Vendor.TENCENT_KYC).billed());
        assertEquals(1, sandbox.billed());
    }

    @RepeatedTest(2)
    void eachTestHasItAsNew(Sandbox sandbox, Client client) {
        assertEquals(List.of(), sandbox.ledger());
        sandbox.script(Vendor.WECHAT, "any", 0, "{\"code\": \"45011\"}");
        assertEquals(Outcome.MATCH, client.verify(PERSON).outcome());
        assertEquals(1, sandbox.billed());
    }

    @Test
    void parametersOfATestAreTheSame(Client client, Client same, Sandbox sandbox, Sandbox too) {
        assertSame(client, same);
        assertSame(sandbox, too);
    }

    @Test
    void aPhotoIsReadAsTheTestSays(Sandbox sandbox, Client client) {
        byte[] photo = sandbox.cardPhoto(Map.of("number", "6259650000000007", "kind", "credit"));
        Recognition card = client.recognize(Image.bytes(photo), by(Vendor.TENCENT_OCR));
        assertEquals("6259650000000007", card.cardNumber());
        assertEquals(CardKind.CREDIT, card.cardKind());
        byte[] refused = sandbox.cardPhoto(Map.of("answer", Map.of("wechat", "101001")));
        CardwireException error =
                assertThrows(
                        CardwireException.class, () -> client.recognize(Image.bytes(refused), by(Vendor.WECHAT)));
        assertEquals(Kind.CARD_NOT_FOUND, error.kind());
        byte[] warned = sandbox.cardPhoto(Map.of("warnings", List.of("-9112")));
        assertEquals("-9112", client.recognize(Image.bytes(warned), by(Vendor.TENCENT_KYC)).warnings().get(0).code());
    }

    @Test
    void codesAndFaultsArePlayed(Sandbox sandbox) {
        String config = "{\"retry\": {\"attempts\": 1}, " + sandbox.configFor(Vendor.ALIYUN_BANKOCR).substring(1);
        try (Client client = Client.fromJson(config)) {
            byte[] photo = sandbox.cardPhoto();
            sandbox.answerNext(Vendor.ALIYUN_BANKOCR, "-5");
            CardwireException refused = assertThrows(CardwireException.class, () -> client.recognize(photo));
            assertEquals("-5", refused.vendorCode());
            sandbox.failNext(Vendor.ALIYUN_BANKOCR, "delay_ms", 2000);
            CallOptions hurried = CallOptions.defaults().withTimeout(Duration.ofMillis(300));
            CardwireException late =
                    assertThrows(CardwireException.class, () -> client.recognize(Image.bytes(photo), hurried));
            assertEquals(Kind.TIMEOUT, late.kind());
            assertEquals(Billed.UNKNOWN, late.billed());
            sandbox.script(
                    Vendor.ALIYUN_BANKOCR, "connect", 9, "{\"fault\": {\"kind\": \"reset_on_accept\"}}");
            CardwireException broken = assertThrows(CardwireException.class, () -> client.recognize(photo));
            assertNotEquals(Sent.YES, broken.sent());
        }
    }

    @Test
    void whatTheSandboxDoesNotHaveIsRefused(Sandbox sandbox) {
        SandboxException refused =
                assertThrows(SandboxException.class, () -> sandbox.cardPhoto(Map.of("nunber", "1")));
        assertEquals("a marker has no \"nunber\"", refused.getMessage());
        assertThrows(SandboxException.class, () -> sandbox.failNext(Vendor.WECHAT, "no_such_fault", 0));
        assertThrows(SandboxException.class, () -> sandbox.settings("{\"nothing\": 1}"));
        for (Executable call :
                List.<Executable>of(
                        () -> sandbox.configFor(Vendor.WECHAT, Vendor.OFFLINE),
                        () -> sandbox.client(Vendor.OFFLINE),
                        () -> sandbox.counts(Vendor.OFFLINE))) {
            String message = assertThrows(SandboxException.class, call).getMessage();
            assertTrue(message.startsWith("the sandbox has no vendor offline: it has tencent_kyc, "), message);
        }
    }

    /** Writes a program that is no sandbox, and notes its number. */
    private static Path program(Path folder, String version, String then) throws IOException {
        String text = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo %s; exit; fi\necho $$ >%s\n%s\n";
        Path program = folder.resolve("program");
        Files.writeString(program, text.formatted(version, folder.resolve("pid"), then));
        assertTrue(program.toFile().setExecutable(true));
        return program;
    }

    private static String refusal(Path program) {
        System.setProperty(Sandbox.PROGRAM, program.toString());
        try {
            return assertThrows(SandboxException.class, Sandbox::new).getMessage();
        } finally {
            System.clearProperty(Sandbox.PROGRAM);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsNoSandboxIsSaidAndEnded(@TempDir Path folder) throws Exception {
        String own = "cardwire " + Client.version();
        String missing = refusal(folder.resolve("nothing"));
        assertTrue(missing.contains("expected the command " + own + ", looked for " + folder), missing);
        assertTrue(missing.contains("cardwire.program"), missing);
        Path program = program(folder, "cardwire 9.9.9", "exit 3");
        String other = "the sandbox did not start: %s --version: expected %s, found cardwire 9.9.9";
        assertEquals(other.formatted(program, own), refusal(program));
        Map<String, String> programs =
                Map.of(
                        "exit 3", "it ended with 3",
                        "echo hello; echo admin http://127.0.0.1:1; exec sleep 60", "its first line is no JSON object",
                        "echo '{'; echo admin http://127.0.0.1:1; exec sleep 60", "its first line is no JSON",
                        "echo {}; echo hello; exec sleep 60", "it printed no address of an admin interface");
        for (Map.Entry<String, String> one : programs.entrySet()) {
            assertEquals(
                    "the sandbox did not start: " + one.getValue(), refusal(program(folder, own, one.getKey())));
            long number = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
            ProcessHandle.of(number).ifPresent(process -> process.onExit().join());
        }
    }

    @Test
    void itsPageIsAtItsAddress(Sandbox sandbox) throws Exception {
        try (InputStream page = sandbox.adminUrl().toURL().openStream()) {
            String text = new String(page.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(text.contains("<title>Cardwire sandbox</title>"));
        }
    }

    @Test
    void withoutJUnitItIsClosedByItsUser() {
        Sandbox own = new Sandbox("--settings", "{\"wechat_daily_quota\": 7}");
        try (Client client = own.client(Vendor.ALIYUN_YHKR)) {
            assertEquals(Outcome.MATCH, client.verify(PERSON).outcome());
        }
        own.close();
        assertThrows(SandboxException.class, own::counts);
        SandboxException refused = assertThrows(SandboxException.class, () -> new Sandbox("--nothing"));
        assertEquals("the sandbox did not start: it ended with 2", refused.getMessage());
    }
}
