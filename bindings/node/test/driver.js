'use strict';

// Lets `cardwire-conformance` run its cases through this package: a request a line with fields
// separated by tabs, an answer a line. With --render it answers with everything that Node shows of a
// result, an error or an event, which is what ends in logs, and then `done`.

const diagnostics = require('node:diagnostics_channel');
const { readFileSync } = require('node:fs');
const readline = require('node:readline');
const { inspect } = require('node:util');
const { CardwireError, Client, checkCardNumber, checkIdNumber, checkImage } = require('cardwire');

const rendering = process.argv.includes('--render');
let client;
let subscribed = false;

function options({ vendor, order_id: orderId, user_id: userId, timeout_ms: timeoutMs, cancel_ms: cancelMs }) {
  const signal = cancelMs === undefined ? undefined : AbortSignal.timeout(Number(cancelMs));
  const given = { vendors: vendor?.split(','), orderId, userId, signal };
  return { ...given, timeoutMs: timeoutMs === undefined ? undefined : Number(timeoutMs) };
}

/** The input of a batch, with the order number of its call. */
const numbered = (input, { order_id: orderId }) => ({ input, orderId });

/** The options of every call of a batch; the order number is the input's. */
function batchOptions({ order_id: _, concurrency, ...given }) {
  const { orderId: __, ...read } = options(given);
  return concurrency === undefined ? read : { ...read, concurrency: Number(concurrency) };
}

/** An address as it stands, where `new URL` would refuse or rewrite it. */
function address(href) {
  return { href, protocol: href.slice(0, href.indexOf(':') + 1) };
}

function image({ bytes, file, url }) {
  return bytes === undefined ? file ?? address(url) : readFileSync(bytes);
}

function cardholder({ card_number: cardNumber, name, id_number: idNumber, phone }) {
  return { cardNumber, name, idNumber, phone };
}

/** The result of a batch of one. */
async function only(batch) {
  const items = [];
  for await (const item of batch) items.push(item);
  const [{ result, error }] = items;
  if (error) throw error;
  return result;
}

const operations = {
  recognize: (given) => client.recognize(image(given), options(given)),
  verify: (given) => client.verify(cardholder(given), options(given)),
  lookup_card: (given) => client.lookupCard(given.card_number, options(given)),
  fetch_order(given) {
    const { vendors, timeoutMs } = options(given);
    return client.fetchOrder(given.order_id, { vendors, timeoutMs });
  },
  recognize_many: async (given) => only(client.recognizeMany([numbered(image(given), given)], batchOptions(given))),
  verify_many: async (given) => only(client.verifyMany([numbered(cardholder(given), given)], batchOptions(given))),
  check_card_number: async (given) => checkCardNumber(given.card_number),
  check_id_number: async (given) => checkIdNumber(given.id_number),
  check_image: async (given) => checkImage(readFileSync(given.bytes)),
  look_at_image: (given) => checkImage(readFileSync(given.bytes), { look: true }),
};

/** The error's document, with its number and argument named as in the other languages. */
function errorDocument(error) {
  if (!(error instanceof CardwireError)) throw error;
  const argument = error.argument?.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) ?? null;
  return { ...error.toJSON(), number: error.code, argument };
}

function field(text) {
  const at = text.indexOf('=');
  const [name, form] = text.slice(0, at).split(':');
  const value = text.slice(at + 1);
  if (form === 'bytes') return [name, Buffer.from(value, 'hex').toString()];
  if (form !== 'units') return [name, value];
  const units = value.match(/.{4}/g) ?? [];
  return [name, String.fromCharCode(...units.map((unit) => parseInt(unit, 16)))];
}

function open({ config }) {
  client?.close();
  client = undefined;
  client = new Client(config, rendering ? { onEvent: telemetry() } : {});
  return 'opened';
}

async function answer(line) {
  const [word, ...fields] = line.split('\t');
  const given = Object.fromEntries(fields.map(field));
  if (rendering) return rendered(word, given);
  try {
    if (word === 'open') return open(given);
    return `ok\t${JSON.stringify(await operations[word](given))}`;
  } catch (error) {
    return `error\t${JSON.stringify(errorDocument(error))}`;
  }
}

/** Shows events, and what becomes of them in spans, metrics and on the diagnostics channel. */
function telemetry() {
  const { InMemorySpanExporter, BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
  const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
    require('@opentelemetry/sdk-metrics');
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  const { openTelemetry } = require('cardwire/opentelemetry');
  const trace = openTelemetry({ tracerProvider, meterProvider });
  if (!subscribed) diagnostics.subscribe('cardwire:event', show);
  subscribed = true;
  return (event) => {
    show(event);
    trace(event);
    if (event.event !== 'call_ended') return;
    const told = spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    show([told, client?.health()]);
    spans.reset();
    meterProvider.forceFlush().then(() => show(exporter.getMetrics().slice(-1)));
  };
}

function show(value) {
  process.stdout.write(`${inspect(value)} ${inspect(value, { depth: null, showHidden: true })}\n${value}\n`);
}

function showError(error) {
  show(error);
  process.stdout.write(`${error.stack} ${error.message} ${JSON.stringify(error)} ${inspect(error.cause)}\n`);
  console.error(error);
}

async function rendered(word, given) {
  if (word === 'leak') {
    const content = readFileSync(given.file);
    process.stdout.write(content);
    process.stderr.write(content);
    return '';
  }
  if (word === 'fail') throw new Error(given.text);
  if (word === 'open') return open(given);
  show(await operations[word](given));
  return '';
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (!rendering) {
      process.stdout.write(`${await answer(line)}\n`);
      continue;
    }
    try {
      await answer(line);
    } catch (error) {
      if (line.endsWith('uncaught=1')) {
        process.stdout.write(`${JSON.stringify(process.report.getReport(error))}\n`);
        throw error;
      }
      showError(error);
    }
    process.stdout.write('\ndone\n');
  }
}

main();
