'use strict';

// Events as spans and metrics of OpenTelemetry, by its API alone, which the program installs.

const { context, metrics, trace, SpanKind, SpanStatusCode } = require('@opentelemetry/api');
const { telemetry, version } = require('./lib/contract.js');
const { camelCase } = require('./lib/documents.js');

/** The name of each attribute by the event's property. */
const ATTRIBUTES = new Map(Object.entries(telemetry.attributes).map(([field, name]) => [camelCase(field), name]));
const CALL = telemetry.metrics.call;
const BILLED = telemetry.metrics.billed;

/** The attributes of an event, or those of these properties: what is there, and an outcome where it is a failure. */
function attributes(event, properties = ATTRIBUTES.keys()) {
  const found = {};
  for (const property of properties) {
    const value = event[property];
    const isThere = value !== undefined && value !== null && !(property === 'outcome' && value === 'ok');
    if (isThere) found[ATTRIBUTES.get(property)] = value;
  }
  return found;
}

function end(span, event) {
  if (!span) return;
  span.setAttributes(attributes(event));
  if (event.outcome !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR, message: event.outcome });
  span.end();
}

function openTelemetry({ tracerProvider = trace, meterProvider = metrics } = {}) {
  const tracer = tracerProvider.getTracer(telemetry.scope, version);
  const meter = meterProvider.getMeter(telemetry.scope, version);
  const advice = { explicitBucketBoundaries: CALL.bounds };
  const duration = meter.createHistogram(CALL.name, { unit: CALL.unit, description: CALL.description, advice });
  const billed = meter.createCounter(BILLED.name, { unit: BILLED.unit, description: BILLED.description });
  const fieldsOf = ({ fields }) => fields.map(camelCase);
  // By the numbers of the calls.
  const calls = new Map();
  const attempts = new Map();

  const told = {
    call_started(event) {
      const options = { kind: SpanKind.CLIENT, attributes: attributes(event) };
      calls.set(event.call, tracer.startSpan(telemetry.spans[event.operation], options));
    },
    attempt_started(event) {
      const call = calls.get(event.call);
      if (!call) return;
      const options = { kind: SpanKind.CLIENT, attributes: attributes(event) };
      const within = trace.setSpan(context.active(), call);
      attempts.set(event.call, tracer.startSpan(telemetry.attempt_span, options, within));
    },
    attempt_ended(event) {
      end(attempts.get(event.call), event);
      attempts.delete(event.call);
      if (event.billed !== 'no') billed.add(1, attributes(event, fieldsOf(BILLED)));
    },
    call_ended(event) {
      const call = calls.get(event.call);
      calls.delete(event.call);
      end(call, event);
      const within = call && trace.setSpan(context.active(), call);
      duration.record(event.milliseconds / 1000, attributes(event, fieldsOf(CALL)), within);
    },
  };
  return (event) => {
    const take = told[event.event];
    // A token that was fetched for others too may come after its call has ended.
    if (take) take(event);
    else calls.get(event.call)?.addEvent(telemetry.events[event.event], attributes(event));
  };
}

module.exports = { openTelemetry };
