package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.gson.JsonObject;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Health, and events as lines of SLF4J and as spans and metrics of OpenTelemetry. */
@Timeout(60)
class TelemetryTest {
    private static final Path PHOTO = Sandbox.IMAGES.resolve("icbc-debit.jpg");
    private static final Cardholder HOLDER = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);

    private final Sandbox sandbox = Sandbox.fresh();
    private final InMemorySpanExporter spans = InMemorySpanExporter.create();
    private final InMemoryMetricReader reader = InMemoryMetricReader.create();
    private final OpenTelemetrySdk telemetry =
            OpenTelemetrySdk.builder()
                    .setTracerProvider(
                            SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build())
                    .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(reader).build())
                    .build();

    private Client traced(JsonObject config) {
        return Client.builder().config(config.toString()).onCall(new OpenTelemetryEvents(telemetry)).build();
    }

    private List<SpanData> named(String name) {
        return spans.getFinishedSpanItems().stream().filter(span -> span.getName().equals(name)).toList();
    }

    private static String text(Attributes attributes, String key) {
        return attributes.get(AttributeKey.stringKey(key));
    }

    private static void assertImpersonal(String text) {
        for (String personal : List.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID)) {
            assertFalse(text.contains(personal), text);
        }
    }

    @Test
    void healthShowsBreakerBlocksQuotaAndTheAgeOfATokenOfEachAccount() {
        JsonObject config = sandbox.configFor("wechat", "tencent_faceid");
        config.getAsJsonArray("vendors").get(0).getAsJsonObject().addProperty("daily_quota", 5);
        try (Client client = Client.fromJson(config.toString())) {
            assertNull(client.health().get(0).tokenSince());
            client.recognize(Image.path(PHOTO), CallOptions.defaults().withVendor("wechat"));
            sandbox.script(
                    "tencent_faceid", "verify", 1, "{\"code\":\"UnauthorizedOperation.Arrears\",\"execute\":false}");
            assertThrows(CardwireException.class, () -> client.verify(HOLDER));
            List<AccountHealth> health = client.health();
            assertEquals(List.of("wechat", "tencent_faceid"), health.stream().map(AccountHealth::account).toList());
            AccountHealth wechat = health.get(0);
            assertEquals(List.of(5, 4), List.of(wechat.quotaLimit(), wechat.quotaLeft()));
            assertFalse(wechat.tokenSince().isAfter(Instant.now()));
            assertTrue(wechat.tokenUntil().isAfter(Instant.now()));
            assertEquals(BreakerState.CLOSED, wechat.breaker());
            assertEquals(0, wechat.inFlight());
            AccountBlock block = health.get(1).blocks().get(0);
            assertEquals(BlockScope.ACCOUNT, block.scope());
            assertEquals(Kind.QUOTA_EXHAUSTED, block.failure());
            assertEquals("UnauthorizedOperation.Arrears", block.vendorCode());
            assertTrue(block.until().isAfter(Instant.now()));
            assertImpersonal(health.toString());
        }
    }

    @Test
    void aCallIsASpanWithItsAttempts() {
        sandbox.script("tencent_kyc", "recognize", 1, "{\"code\":\"400101\",\"execute\":false}");
        Span request = telemetry.getTracer("the program's own").spanBuilder("request").startSpan();
        Recognition card;
        try (Client client = traced(sandbox.configFor("tencent_kyc"));
                Scope current = request.makeCurrent()) {
            card = client.recognize(PHOTO);
        }
        SpanData call = named("cardwire.recognize").get(0);
        assertEquals(SpanKind.CLIENT, call.getKind());
        assertEquals(request.getSpanContext().getSpanId(), call.getParentSpanId());
        assertEquals(StatusData.unset(), call.getStatus());
        assertEquals(card.orderId(), text(call.getAttributes(), "cardwire.order_id"));
        assertEquals("yes", text(call.getAttributes(), "cardwire.billed"));
        assertTrue(call.getEvents().stream().anyMatch(event -> event.getName().equals("cardwire.token_refreshed")));
        List<SpanData> attempts = named("cardwire.attempt");
        assertEquals(2, attempts.size());
        attempts.forEach(attempt -> assertEquals(call.getSpanId(), attempt.getParentSpanId()));
        assertEquals("unauthenticated", text(attempts.get(0).getAttributes(), "error.type"));
        assertEquals(StatusData.create(StatusCode.ERROR, "unauthenticated"), attempts.get(0).getStatus());
        assertEquals("127.0.0.1", text(attempts.get(1).getAttributes(), "server.address"));
        assertEquals(
                200L, attempts.get(1).getAttributes().get(AttributeKey.longKey("http.response.status_code")));
        Map<String, MetricData> metrics =
                reader.collectAllMetrics().stream().collect(Collectors.toMap(MetricData::getName, one -> one));
        Attributes expected =
                Attributes.of(
                        AttributeKey.stringKey("cardwire.operation"), "recognize",
                        AttributeKey.stringKey("cardwire.vendor"), "tencent_kyc",
                        AttributeKey.stringKey("cardwire.account"), "tencent_kyc");
        var duration = metrics.get("cardwire.call.duration").getHistogramData().getPoints().iterator().next();
        assertEquals(expected, duration.getAttributes());
        assertEquals(1, duration.getCount());
        assertEquals(0.005, duration.getBoundaries().get(0));
        assertEquals(List.of("cardwire", Client.version()), spans.getFinishedSpanItems().stream()
                .map(SpanData::getInstrumentationScopeInfo)
                .flatMap(scope -> Stream.of(scope.getName(), scope.getVersion()))
                .distinct()
                .toList());
        var billed = metrics.get("cardwire.attempts.billed").getLongSumData().getPoints().iterator().next();
        assertEquals(1, billed.getValue());
        assertEquals("yes", text(billed.getAttributes(), "cardwire.billed"));
        assertImpersonal(spans.getFinishedSpanItems().toString() + metrics);
    }

    @Test
    void aRefusalIsAnEventAndACancelledCallEndsItsSpans() {
        JsonObject config = sandbox.configFor("aliyun_yhkr");
        config.getAsJsonArray("vendors").get(0).getAsJsonObject().addProperty("daily_quota", 1);
        sandbox.script("aliyun_yhkr", "verify", 1, "{\"fault\":{\"kind\":\"never_answer\"}}");
        try (Client client = traced(config)) {
            CallOptions soon = CallOptions.defaults().withTimeout(Duration.ofMillis(300));
            assertThrows(CardwireException.class, () -> client.verify(HOLDER, soon));
            assertThrows(CardwireException.class, () -> client.verify(HOLDER));
        }
        List<SpanData> calls = named("cardwire.verify");
        assertEquals("timeout", calls.get(0).getStatus().getDescription());
        assertEquals("unknown", text(named("cardwire.attempt").get(0).getAttributes(), "cardwire.sent"));
        Attributes refused =
                calls.get(1).getEvents().stream()
                        .filter(event -> event.getName().equals("cardwire.request_refused"))
                        .findAny()
                        .orElseThrow()
                        .getAttributes();
        assertEquals("quota", text(refused, "cardwire.reason"));
        assertEquals("quota_exhausted", text(calls.get(1).getAttributes(), "error.type"));
    }

    @Test
    void asynchronousCallsAndBatchesHaveTheSpanOfTheThreadThatMadeThem() {
        List<String> parents = new ArrayList<>();
        try (Client client = traced(sandbox.configFor("aliyun_yhkr"))) {
            List<CompletableFuture<Verification>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Span request = telemetry.getTracer("own").spanBuilder("request").startSpan();
                try (Scope current = request.makeCurrent()) {
                    calls.add(client.verifyAsync(HOLDER));
                    parents.add(request.getSpanContext().getSpanId());
                }
            }
            calls.forEach(CompletableFuture::join);
            List<String> found = new ArrayList<>();
            named("cardwire.verify").forEach(span -> found.add(span.getParentSpanId()));
            Collections.sort(parents);
            Collections.sort(found);
            assertEquals(parents, found);
            spans.reset();
            Span night = telemetry.getTracer("own").spanBuilder("night run").startSpan();
            try (Scope current = night.makeCurrent();
                    Batch<Verification> batch = client.verifyMany(Collections.nCopies(6, HOLDER))) {
                batch.forEachRemaining(item -> assertNull(item.error()));
            }
            Collection<SpanData> ofBatch = named("cardwire.verify");
            assertEquals(6, ofBatch.size());
            ofBatch.forEach(span -> assertEquals(night.getSpanContext().getSpanId(), span.getParentSpanId()));
        }
        assertEquals(0, ListenedCall.ALL.count());
    }

    @Test
    void eventsAreLinesWithTheContextOfTheThreadThatMadeTheCall() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.cardwire");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.DEBUG);
        try (Client client =
                Client.builder()
                        .config(sandbox.configFor("aliyun_yhkr").toString())
                        .onCall(new Slf4jEvents())
                        .onCall(new OpenTelemetryEvents(telemetry))
                        .build()) {
            MDC.put("request", "7");
            client.verifyAsync(HOLDER).join();
            MDC.put("request", "8");
            assertThrows(CardwireException.class, () -> client.lookupCard("622202"));
        } finally {
            MDC.clear();
            logger.detachAppender(lines);
        }
        List<String> told =
                lines.list.stream()
                        .map(
                                line ->
                                        line.getMDCPropertyMap().get("request")
                                                + " "
                                                + line.getLevel()
                                                + " "
                                                + line.getFormattedMessage().split(" ")[0])
                        .toList();
        assertEquals(
                List.of(
                        "7 DEBUG call_started",
                        "7 DEBUG attempt_started",
                        "7 DEBUG attempt_ended",
                        "7 INFO call_ended",
                        "8 DEBUG call_started",
                        "8 WARN request_refused",
                        "8 WARN call_ended"),
                told);
        assertImpersonal(lines.list.toString());
        assertEquals(1, named("cardwire.verify").size());
    }

    @Test
    void aListenerThatThrowsKeepsNothingFromTheOthers() {
        List<Event> seen = Collections.synchronizedList(new ArrayList<>());
        try (Client client =
                Client.builder()
                        .config(sandbox.configFor("aliyun_yhkr").toString())
                        .onEvent(
                                event -> {
                                    throw new IllegalStateException("a listener's own trouble");
                                })
                        .onCall(
                                () ->
                                        event -> {
                                            throw new IllegalStateException("another's");
                                        })
                        .onCall(() -> seen::add)
                        .build()) {
            assertEquals(Outcome.MATCH, client.verify(HOLDER).outcome());
        }
        assertEquals(4, seen.size());
    }
}
