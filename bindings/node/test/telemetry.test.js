'use strict';

// Health, and events as OpenTelemetry's spans and metrics, and on a diagnostics channel.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { execFileSync } = require('node:child_process');
const diagnostics = require('node:diagnostics_channel');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const { context, trace, SpanKind, SpanStatusCode } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const sdkMetrics = require('@opentelemetry/sdk-metrics');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { Client } = require('cardwire');
const { openTelemetry } = require('cardwire/opentelemetry');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

const photo = readFileSync(PHOTO);
// `aliyun_yhkr` takes no phone number.
const { phone: _, ...HOLDER } = PERSON;
let sandbox;

before(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  sandbox = await start();
});
after(() => sandbox.stop());
beforeEach(() => sandbox.reset());

/** The spans and metrics of a client. */
function collector() {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new sdkMetrics.InMemoryMetricExporter(sdkMetrics.AggregationTemporality.CUMULATIVE);
  const reader = new sdkMetrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new sdkMetrics.MeterProvider({ readers: [reader] });
  return {
    onEvent: openTelemetry({ tracerProvider, meterProvider }),
    tracer: tracerProvider.getTracer("the program's own"),
    spans: (name) => spans.getFinishedSpans().filter((span) => span.name === name),
    async metric(name) {
      await meterProvider.forceFlush();
      const [{ scopeMetrics }] = exporter.getMetrics().slice(-1);
      return scopeMetrics[0].metrics.find(({ descriptor }) => descriptor.name === name).dataPoints;
    },
    text: () =>
      JSON.stringify(spans.getFinishedSpans().map(({ name, attributes, events, status }) => [name, attributes, events, status])),
  };
}

/** Runs within a span that is active. */
async function within(collected, name, run) {
  const span = collected.tracer.startSpan(name);
  await context.with(trace.setSpan(context.active(), span), run);
  span.end();
  return span.spanContext().spanId;
}

const parentOf = (span) => span.parentSpanContext?.spanId;
const isPersonal = (text) => Object.values(PERSON).some((value) => text.includes(value));

test('health shows breaker, blocks, quota and the age of a token', async () => {
  const config = sandbox.configFor(['wechat', 'tencent_faceid']);
  config.vendors[0] = { ...config.vendors[0], daily_quota: 5 };
  const client = new Client(config);
  assert.deepEqual(client.health().map(({ account }) => account), ['wechat', 'tencent_faceid']);
  assert.equal(client.health()[0].tokenSinceMs, null);
  await client.recognize(photo, { vendor: 'wechat' });
  await sandbox.script('tencent_faceid', { operation: 'verify', code: 'UnauthorizedOperation.Arrears', execute: false });
  await assert.rejects(client.verify(HOLDER), { kind: 'quota_exhausted' });
  const [wechat, faceid] = client.health();
  assert.deepEqual([wechat.quotaLeft, wechat.quotaLimit], [4, 5]);
  assert.ok(wechat.tokenSinceMs <= Date.now() && Date.now() < wechat.tokenUntilMs);
  assert.deepEqual([wechat.breaker, wechat.breakerUntilMs, wechat.inFlight], ['closed', null, 0]);
  const [{ untilMs, ...block }] = faceid.blocks;
  assert.deepEqual(block, {
    scope: 'account',
    outcome: 'quota_exhausted',
    vendorCode: 'UnauthorizedOperation.Arrears',
    size: 1,
  });
  assert.ok(untilMs > Date.now() && Object.isFrozen(faceid));
  client.close();
});

test('a call is a span with its attempts', async () => {
  const collected = collector();
  await sandbox.script('tencent_kyc', { operation: 'recognize', code: '400101', execute: false });
  const client = new Client(sandbox.configFor(['tencent_kyc']), { onEvent: collected.onEvent });
  let card;
  const request = await within(collected, 'request', async () => {
    card = await client.recognize(photo);
  });
  const [call] = collected.spans('cardwire.recognize');
  assert.deepEqual([call.kind, parentOf(call), call.status.code], [SpanKind.CLIENT, request, SpanStatusCode.UNSET]);
  assert.equal(call.attributes['cardwire.order_id'], card.orderId);
  assert.equal(call.attributes['cardwire.billed'], 'yes');
  assert.ok(call.events.some(({ name }) => name === 'cardwire.token_refreshed'));
  const [first, second] = collected.spans('cardwire.attempt');
  assert.deepEqual([parentOf(first), parentOf(second)], Array(2).fill(call.spanContext().spanId));
  assert.equal(first.attributes['error.type'], 'unauthenticated');
  assert.deepEqual(first.status, { code: SpanStatusCode.ERROR, message: 'unauthenticated' });
  assert.equal(second.attributes['http.response.status_code'], 200);
  assert.equal(second.attributes['server.address'], '127.0.0.1');
  const [duration] = await collected.metric('cardwire.call.duration');
  assert.deepEqual(duration.attributes, {
    'cardwire.operation': 'recognize',
    'cardwire.vendor': 'tencent_kyc',
    'cardwire.account': 'tencent_kyc',
  });
  assert.equal(duration.value.count, 1);
  const { boundaries } = duration.value.buckets;
  assert.deepEqual([boundaries[0], boundaries.at(-1)], [0.005, 10]);
  const [billed] = await collected.metric('cardwire.attempts.billed');
  assert.deepEqual([billed.value, billed.attributes['cardwire.billed']], [1, 'yes']);
  client.close();
});

test('a refusal is an event of its span, and a call that is aborted ends its spans', async () => {
  const collected = collector();
  const config = sandbox.configFor(['aliyun_yhkr']);
  config.vendors[0] = { ...config.vendors[0], daily_quota: 1 };
  const client = new Client(config, { onEvent: collected.onEvent });
  await sandbox.script('aliyun_yhkr', { operation: 'verify', fault: { kind: 'never_answer' } });
  await assert.rejects(client.verify(HOLDER, { signal: AbortSignal.timeout(300) }), { kind: 'cancelled' });
  await assert.rejects(client.verify(HOLDER), { kind: 'quota_exhausted' });
  const [aborted, refused] = collected.spans('cardwire.verify');
  assert.equal(aborted.status.message, 'cancelled');
  assert.equal(collected.spans('cardwire.attempt')[0].attributes['cardwire.sent'], 'unknown');
  const event = refused.events.find(({ name }) => name === 'cardwire.request_refused');
  assert.equal(event.attributes['cardwire.reason'], 'quota');
  assert.equal(refused.attributes['error.type'], 'quota_exhausted');
  assert.ok(!isPersonal(collected.text()));
  client.close();
});

test('the asynchronous context of a call is that of its events', async () => {
  const who = new AsyncLocalStorage();
  const collected = collector();
  const seen = [];
  const onEvent = (event) => {
    collected.onEvent(event);
    seen.push([event.event, who.getStore()]);
  };
  const client = new Client(sandbox.configFor(['aliyun_yhkr']), { onEvent });
  const names = Array.from({ length: 8 }, (_, index) => `request ${index}`);
  const ids = await Promise.all(
    names.map((name) => who.run(name, () => within(collected, name, () => client.verify(HOLDER)))),
  );
  const ended = seen.filter(([event]) => event === 'call_ended').map(([, name]) => name);
  assert.deepEqual(ended.sort(), names);
  assert.ok(seen.every(([, name]) => names.includes(name)));
  assert.deepEqual(collected.spans('cardwire.verify').map(parentOf).sort(), ids.sort());

  seen.length = 0;
  await who.run('a batch', async () => {
    for await (const { error } of client.verifyMany(Array(6).fill(HOLDER), { concurrency: 3 })) assert.equal(error, null);
  });
  assert.deepEqual([...new Set(seen.map(([, name]) => name))], ['a batch']);
  assert.equal(seen.filter(([event]) => event === 'call_ended').length, 6);
  client.close();
});

test('a diagnostics channel is given the events', async () => {
  const events = [];
  const subscriber = (event) => events.push(event);
  const before = new Client(sandbox.configFor(['aliyun_yhkr']));
  diagnostics.subscribe('cardwire:event', subscriber);
  const client = new Client(sandbox.configFor(['aliyun_yhkr']));
  await before.verify(HOLDER);
  assert.deepEqual(events, []);
  await client.verify(HOLDER);
  diagnostics.unsubscribe('cardwire:event', subscriber);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['call_started', 'attempt_started', 'attempt_ended', 'call_ended'],
  );
  assert.ok(!isPersonal(JSON.stringify(events)));
  before.close();
  client.close();
});

test('nothing of OpenTelemetry is loaded that was not asked for, and both module systems have it', () => {
  const run = (...program) =>
    execFileSync(process.execPath, program, { cwd: path.join(__dirname, '..'), encoding: 'utf8' });
  const loaded = "Object.keys(require.cache).some((file) => file.includes('@opentelemetry'))";
  assert.equal(run('-p', `require('cardwire'); ${loaded}`).trim(), 'false');
  const imported = "import { openTelemetry } from 'cardwire/opentelemetry'; console.log(typeof openTelemetry());";
  assert.equal(run('--input-type=module', '-e', imported).trim(), 'function');
});
