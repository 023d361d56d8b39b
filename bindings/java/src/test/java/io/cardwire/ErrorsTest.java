package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    void anEndThatCannotBeTakenMayBeBilled() {
        try (Client client = sandbox.client("wechat");
                NativeBytes document = new NativeBytes("{}".getBytes(StandardCharsets.UTF_8))) {
            long text = document.address();
            // The JVM has no array of that length.
            End lost =
                    End.told(number -> End.done(text, document.length(), text, Integer.MAX_VALUE, 0, number));
            assertMayBeBilled("there was no memory for the end of the call", lost, client);
            assertMayBeBilled("there was no memory for the end of the call", End.told(number -> {}), client);
            String unread = "the end of the call cannot be read";
            assertMayBeBilled(unread, new End("{\"vendor\":\"from_later\"}", new byte[0], null), client);
            // As Gson tells of memory that it lacks.
            assertMayBeBilled(unread, new End("{", new byte[0], null), client);
            assertMayBeBilled(unread, new End("{", null, null), client);
        }
    }

    private static void assertMayBeBilled(String message, End end, Client client) {
        CardwireException error = thrown(() -> end.result(client.handle(), Recognition.class));
        assertEquals("internal: " + message, error.getMessage());
        assertEquals(Kind.INTERNAL, error.kind());
        assertEquals(Sent.UNKNOWN, error.sent());
        assertEquals(Billed.UNKNOWN, error.billed());
        assertFalse(error.retryable());
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
        CardwireException refused = broken(to("http://127.0.0.1:1"), VERIFY);
        assertEquals(Kind.NETWORK, refused.kind());
        assertCause(refused, "connect", ConnectException.class);
        NetworkCause cause = refused.networkCause();
        assertEquals("127.0.0.1", cause.host());
        assertEquals(1, cause.port());
        assertNotNull(cause.osError());
        assertTrue(cause.reason().contains("refused"), cause.reason());
        // The address of everybody in a network, to which no system makes a connection.
        CardwireException unreachable = broken(to("http://255.255.255.255:9"), VERIFY);
        assertCause(unreachable, "connect", ConnectException.class);
        assertTrue(unreachable.networkCause().reason().contains("unreachable"), unreachable.getMessage());
        CardwireException unresolved = broken(to("https://" + "x".repeat(64) + ".invalid"), VERIFY);
        assertCause(unresolved, "resolve", UnknownHostException.class);
    }

    @Test
    void theRefusalOfAProxyIsChainedAndNotRepeated() throws Exception {
        List<String> asked = Collections.synchronizedList(new ArrayList<>());
        try (ServerSocket proxy = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread serving = new Thread(() -> refuseTunnels(proxy, asked));
            serving.start();
            JsonObject config = to("https://vendor.example");
            config.addProperty("proxy", "http://someone:not-a-secret-word@127.0.0.1:" + proxy.getLocalPort());
            config.add("retry", JsonParser.parseString("{\"attempts\":3,\"base_ms\":1}"));
            CardwireException error = broken(config, VERIFY);
            proxy.close();
            serving.join();
            assertEquals(List.of("CONNECT vendor.example:443 HTTP/1.1"), asked);
            assertEquals(Sent.NO, error.sent());
            assertCause(error, "proxy", IOException.class);
            String reason = "status 407: the user and password in \"proxy\" are refused";
            assertEquals(reason, error.networkCause().reason());
            assertEquals(proxy.getLocalPort(), error.networkCause().port());
            StringWriter shown = new StringWriter();
            error.printStackTrace(new PrintWriter(shown));
            shown.write(error.toJson());
            assertFalse(shown.toString().contains("someone"), shown.toString());
            assertFalse(shown.toString().contains("not-a-secret-word"), shown.toString());
        }
    }

    private static void refuseTunnels(ServerSocket proxy, List<String> asked) {
        while (true) {
            try (Socket client = proxy.accept()) {
                BufferedReader head =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                asked.add(head.readLine());
                while (!head.readLine().isEmpty()) {}
                String answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
                client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException closed) {
                return;
            }
        }
    }

    @Test
    void whatIsWrongWithACertificateIsChained(@TempDir Path folder) throws Exception {
        Map<String, String> reasons =
                Map.of(
                        "good", "no authority that this machine trusts signed it; name your own in ca_file",
                        "wrong_host", "it is for another name",
                        "expired", "it has expired");
        for (Map.Entry<String, String> one : reasons.entrySet()) {
            String certificate = one.getKey();
            try (Sandbox secure = new Sandbox("--tls", folder.toString(), "--certificate", certificate)) {
                JsonObject config = secure.configFor("aliyun_yhkr");
                if (certificate.equals("good")) {
                    // Without the file the authority is a stranger.
                    config.remove("ca_file");
                }
                CardwireException error = broken(config, VERIFY);
                assertEquals(Kind.NETWORK, error.kind());
                assertCause(error, "tls", SSLException.class);
                String reason = "the certificate is refused: " + one.getValue();
                assertEquals(reason, error.networkCause().reason());
            }
        }
    }

    @Test
    void aConnectionThatBreaksIsChained() {
        // More than the system takes before the vendor reads.
        byte[] photo = Sandbox.photo("icbc-debit.jpg");
        byte[] large = Arrays.copyOf(photo, photo.length + 8 * 1024 * 1024);
        sandbox.script("aliyun_ocr", "recognize", 1, "{\"fault\":{\"kind\":\"reset_after_headers\"}}");
        CardwireException unsent = broken(once("aliyun_ocr"), client -> client.recognize(large));
        assertEquals(Sent.NO, unsent.sent());
        assertCause(unsent, "send", SocketException.class);
        for (String fault : List.of("reset_after_read", "close_after_read")) {
            sandbox.script("aliyun_yhkr", "verify", 1, "{\"fault\":{\"kind\":\"" + fault + "\"}}");
            CardwireException unanswered = broken(once("aliyun_yhkr"), VERIFY);
            assertEquals(Sent.UNKNOWN, unanswered.sent());
            assertCause(unanswered, "receive", SocketException.class);
            assertEquals(fault.equals("close_after_read"), unanswered.networkCause().osError() == null);
        }
        sandbox.silence("aliyun_yhkr", "verify");
        JsonObject hurried = once("aliyun_yhkr");
        hurried.addProperty("timeout_ms", 1000);
        CardwireException late = broken(hurried, VERIFY);
        assertEquals(Kind.TIMEOUT, late.kind());
        assertCause(late, "receive", SocketTimeoutException.class);
    }

    private static final Consumer<Client> VERIFY =
            client -> client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID));

    /** The configuration of a vendor at an address. */
    private static JsonObject to(String url) {
        JsonObject account = new JsonObject();
        account.addProperty("vendor", "aliyun_yhkr");
        account.addProperty("app_code", "code");
        account.addProperty("base_url", url);
        account.addProperty("allow_insecure_http", true);
        JsonArray vendors = new JsonArray();
        vendors.add(account);
        JsonObject config = new JsonObject();
        config.add("vendors", vendors);
        return withoutRetries(config);
    }

    /** The configuration of a vendor of the sandbox. */
    private JsonObject once(String vendor) {
        return withoutRetries(sandbox.configFor(vendor));
    }

    private static JsonObject withoutRetries(JsonObject config) {
        config.add("retry", JsonParser.parseString("{\"attempts\":1}"));
        return config;
    }

    private static CardwireException broken(JsonObject config, Consumer<Client> call) {
        try (Client client = Client.fromJson(config.toString())) {
            return thrown(() -> call.accept(client));
        }
    }

    private static void assertCause(CardwireException error, String step, Class<? extends IOException> chained) {
        assertEquals(step, error.networkCause().step());
        assertEquals(chained, error.getCause().getClass());
        assertEquals(error.networkCause().toString(), error.getCause().getMessage());
        assertTrue(error.getMessage().contains(error.networkCause().toString()), error.getMessage());
    }
}
