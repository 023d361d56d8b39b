package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ErrorsTest {
    private final Sandbox sandbox = Sandbox.fresh();

    private static CardwireException thrown(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(CardwireException.class, call);
    }

    @Test
    void aVendorsRefusalHasEveryField() {
        sandbox.script("tencent_faceid", "verify", 0, "{\"code\":\"RequestLimitExceeded\"}");
        try (Client client = sandbox.client("tencent_faceid")) {
            CardwireException error =
                    thrown(
                            () ->
                                    client.verify(
                                            Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID),
                                            CallOptions.defaults().withOrderId("javaError1")));
            assertEquals(Kind.RATE_LIMITED, error.kind());
            assertEquals(13, error.code());
            assertEquals("RequestLimitExceeded", error.vendorCode());
            assertNotNull(error.vendorMessage());
            assertEquals(200, error.httpStatus());
            assertEquals(Vendor.TENCENT_FACEID, error.vendor());
            assertEquals("tencent_faceid", error.account());
            assertEquals("javaError1", error.orderId());
            assertFalse(error.requestId().isEmpty());
            assertEquals(Sent.YES, error.sent());
            assertEquals(Billed.NO, error.billed());
            assertTrue(error.retryable());
            assertNull(error.argument());
            assertFalse(error.attempts().isEmpty());
            assertEquals("rate_limited", error.attempts().get(0).outcome());
            assertEquals(Kind.RATE_LIMITED, error.attempts().get(0).failure());
            JsonObject json = JsonParser.parseString(error.toJson()).getAsJsonObject();
            assertEquals("rate_limited", json.get("kind").getAsString());
            assertEquals(error.requestId(), json.get("request_id").getAsString());
            assertTrue(error.getMessage().startsWith("rate_limited: "), error.getMessage());
            assertTrue(error.getMessage().contains("javaError1"), error.getMessage());
            assertFalse(error.toString().contains(error.vendorMessage()), "the vendor's text has an accessor only");
        }
    }

    @Test
    void noPersonalDataInTheTrace() {
        sandbox.script("aliyun_yhkr", "verify", 0, "{\"code\":\"A401BS\"}");
        try (Client client = sandbox.client("aliyun_yhkr")) {
            CardwireException error =
                    thrown(() -> client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID)));
            assertFalse(error.gatewayRequestId().isEmpty());
            assertNull(error.transactionTime());
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            for (String hidden : new String[] {Sandbox.CARD, Sandbox.NAME, Sandbox.ID, "622202000"}) {
                assertFalse(trace.toString().contains(hidden), trace.toString());
                assertFalse(error.toJson().contains(hidden), error.toJson());
            }
            assertEquals(getClass().getName(), callerIn(error), "the trace shows who called");
        }
    }

    private String callerIn(Throwable error) {
        for (StackTraceElement frame : error.getStackTrace()) {
            if (frame.getClassName().startsWith(getClass().getName())) {
                return getClass().getName();
            }
        }
        return null;
    }

    @Test
    void aConfigurationErrorNamesTheKey() {
        CardwireException error =
                thrown(() ->
                                Client.fromJson(
                                        "{\"vendors\":[{\"vendor\":\"aliyun_yhkr\",\"app_code\":\"x\","
                                                + "\"timeout_mss\":1}]}"));
        assertEquals(Kind.INVALID_CONFIG, error.kind());
        assertEquals(2, error.code());
        assertTrue(error.getMessage().contains("timeout_mss"), error.getMessage());
        assertEquals(Kind.INVALID_CONFIG, thrown(() -> Client.fromJson("")).kind());
    }

    @Test
    void anErrorFoundHereHasTheFieldsOfOneFoundThere() {
        try (Client client = sandbox.client("wechat")) {
            CardwireException there = thrown(() -> client.recognize(new byte[0]));
            client.close();
            CardwireException here = thrown(() -> client.recognize(new byte[1]));
            assertEquals(Kind.CLOSED, here.kind());
            assertEquals(
                    JsonParser.parseString(there.toJson()).getAsJsonObject().keySet(),
                    JsonParser.parseString(here.toJson()).getAsJsonObject().keySet());
        }
    }

    @Test
    void anErrorSurvivesSerialization() throws Exception {
        CardwireException error = thrown(() -> Client.fromJson("{"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(error);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            CardwireException copy = (CardwireException) in.readObject();
            assertEquals(error.kind(), copy.kind());
            assertEquals(error.toJson(), copy.toJson());
            assertEquals(error.facts(), copy.facts());
        }
    }

    @Test
    void aCauseIsToldAndChainedAsJavasOwn() {
        CardwireException refused = unreached("http://127.0.0.1:1");
        NetworkCause cause = refused.networkCause();
        assertEquals("connect", cause.step());
        assertEquals("127.0.0.1", cause.host());
        assertEquals(1, cause.port());
        assertNotNull(cause.osError());
        assertTrue(cause.reason().contains("refused"), cause.reason());
        assertEquals(java.net.ConnectException.class, refused.getCause().getClass());
        assertEquals(cause.toString(), refused.getCause().getMessage());
        CardwireException unresolved = unreached("https://" + "x".repeat(64) + ".invalid");
        assertEquals("resolve", unresolved.networkCause().step());
        assertEquals(java.net.UnknownHostException.class, unresolved.getCause().getClass());
    }

    private static CardwireException unreached(String url) {
        String config =
                "{\"vendors\":[{\"vendor\":\"aliyun_yhkr\",\"app_code\":\"code\",\"base_url\":\""
                        + url
                        + "\"}],\"retry\":{\"attempts\":1}}";
        try (Client client = Client.fromJson(config)) {
            return thrown(() -> client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID)));
        }
    }
}
