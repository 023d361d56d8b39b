package io.cardwire;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Listeners that make spans and metrics of the events of calls, for {@link Client.Builder#onCall}. They need
 * {@code io.opentelemetry:opentelemetry-api}.
 *
 * <p>Each call is a span of the kind CLIENT, {@code cardwire.recognize} and so on, whose parent is the current span of
 * the thread that makes the call or the batch. Each request to a vendor is a span {@code cardwire.attempt} in it, and what
 * else happens, such as a refusal or a token, is an event of the call's span. {@code cardwire.call.duration} is a
 * histogram of seconds, and {@code cardwire.attempts.billed} counts requests that are billed or may be.
 */
public final class OpenTelemetryEvents implements Supplier<Consumer<Event>> {
    private final Telemetry.Metric call;
    private final Telemetry.Metric attempt;
    private final Tracer tracer;
    private final DoubleHistogram duration;
    private final LongCounter billed;

    /**
     * Makes one, which may be given to any number of clients.
     *
     * @param telemetry what spans and metrics are made with
     */
    @SuppressWarnings("exports")
    public OpenTelemetryEvents(OpenTelemetry telemetry) {
        call = Telemetry.Metric.of("call");
        attempt = Telemetry.Metric.of("billed");
        tracer = telemetry.getTracer(Telemetry.scope(), Client.version());
        Meter meter = telemetry.meterBuilder(Telemetry.scope()).setInstrumentationVersion(Client.version()).build();
        duration =
                meter.histogramBuilder(call.name())
                        .setUnit(call.unit())
                        .setDescription(call.description())
                        .setExplicitBucketBoundariesAdvice(call.bounds())
                        .build();
        billed =
                meter.counterBuilder(attempt.name())
                        .setUnit(attempt.unit())
                        .setDescription(attempt.description())
                        .build();
    }

    /**
     * Returns the listener of one call, or of one batch.
     *
     * @return a listener with this thread's context
     */
    @Override
    public Consumer<Event> get() {
        return new Spans(Context.current());
    }

    /** The spans that have not ended, by the numbers of their calls: a batch has many. */
    private final class Spans implements Consumer<Event> {
        private final Context context;
        private final Map<Long, Span> calls = new ConcurrentHashMap<>();
        private final Map<Long, Span> attempts = new ConcurrentHashMap<>();

        private Spans(Context context) {
            this.context = context;
        }

        @Override
        public void accept(Event event) {
            Span span = calls.get(event.call());
            if (event instanceof Event.CallStarted started) {
                calls.put(event.call(), start(Telemetry.span(started.operation()), event, context));
            } else if (event instanceof Event.AttemptStarted && span != null) {
                attempts.put(event.call(), start(Telemetry.attemptSpan(), event, context.with(span)));
            } else if (event instanceof Event.AttemptEnded ended) {
                end(attempts.remove(event.call()), event, ended.failure());
                if (ended.billed() != Billed.NO) {
                    billed.add(1, attributes(event, attempt));
                }
            } else if (event instanceof Event.CallEnded ended) {
                end(calls.remove(event.call()), event, ended.failure());
                duration.record(
                        ended.duration().toMillis() / 1000.0,
                        attributes(event, call),
                        span == null ? context : context.with(span));
            } else if (span != null) {
                // A token that was fetched for others too may come after its call has ended.
                span.addEvent(Telemetry.spanEvent(event), attributes(event, null));
            }
        }

        private Span start(String name, Event event, Context parent) {
            return tracer.spanBuilder(name)
                    .setSpanKind(SpanKind.CLIENT)
                    .setParent(parent)
                    .setAllAttributes(attributes(event, null))
                    .startSpan();
        }

        private void end(Span span, Event event, Kind failure) {
            if (span == null) {
                return;
            }
            span.setAllAttributes(attributes(event, null));
            if (failure != null) {
                span.setStatus(StatusCode.ERROR, failure.slug());
            }
            span.end();
        }
    }

    private static Attributes attributes(Event event, Telemetry.Metric metric) {
        AttributesBuilder attributes = Attributes.builder();
        Telemetry.attributes(event, metric == null ? null : metric.fields())
                .forEach(
                        (name, value) -> {
                            if (value instanceof Long number) {
                                attributes.put(name, number);
                            } else {
                                attributes.put(name, (String) value);
                            }
                        });
        return attributes.build();
    }
}
