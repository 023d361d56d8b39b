'use strict';

// Replays every answer of tests/vectors over HTTP: what each vendor may say has the same meaning
// here as in the other languages.

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { Client } = require('cardwire');
const { PERSON, PHOTO, ROOT, start } = require('./support/sandbox.js');

const VECTORS = path.join(ROOT, 'tests', 'vectors');
let sandbox;
// What the table of prefixes knows besides is no part of an answer.
const scratch = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
const issuers = { file: path.join(scratch, 'issuers.csv'), built_in: false };

before(async () => {
  writeFileSync(issuers.file, 'prefix,card_length,issuer_code,issuer,card_kind,sources\n');
  sandbox = await start();
});
after(async () => {
  rmSync(scratch, { recursive: true });
  await sandbox.stop();
});

function cases(vendor) {
  const folder = path.join(VECTORS, vendor, 'answers');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json')).sort();
  return files.flatMap((file) => JSON.parse(marked(readFileSync(path.join(folder, file), 'utf8'))));
}

/** JSON text with every number that JavaScript would write otherwise (0.0) kept as marked text. */
function marked(json) {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => {
    return token.startsWith('"') || String(Number(token)) === token ? token : `"number ${token}"`;
  });
}

/** The JSON text of a value out of `marked` text. */
function unmarked(value) {
  return JSON.stringify(value).replace(/"number ([^"]*)"/g, '$1');
}

/** Which requests meet the answer. */
function scripted({ operation, input }) {
  if (operation === 'token') return input?.partial ? 'ticket' : 'token';
  return ['recognize', 'fetch_order'].includes(operation) ? operation : 'verify';
}

function answered({ body, ...response }) {
  if (body === undefined || body === null) return response;
  return { ...response, body: typeof body === 'string' ? body : unmarked(body) };
}

/** The call whose answer a vector holds, with the same defaults as core's own runner. */
function call(client, { operation, input = {}, order_id: orderId = 'cardwireVector0001' }) {
  const cardNumber = input.card_number ?? PERSON.cardNumber;
  if (operation === 'lookup_card') return client.lookupCard(cardNumber, { orderId });
  if (operation === 'fetch_order') return client.fetchOrder(orderId);
  if (!operation.startsWith('verify')) {
    return client.recognize(input.url ? new URL(input.url) : PHOTO, { orderId });
  }
  const elements = Number(operation.slice('verify'.length));
  const cardholder = { cardNumber, name: input.name ?? PERSON.name };
  if (elements >= 3) cardholder.idNumber = input.id_number ?? PERSON.idNumber;
  if (elements === 4) cardholder.phone = input.phone ?? PERSON.phone;
  return client.verify(cardholder, { orderId });
}

function snakeCase(value, field) {
  if (Array.isArray(value)) return value.map((inner) => snakeCase(inner));
  if (value === null || typeof value !== 'object' || field === 'raw') return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [name, snakeCase(inner, name)];
  });
  return Object.fromEntries(entries);
}

/** Equal, but objects need only hold what is wanted. */
function contains(found, wanted) {
  if (Array.isArray(wanted)) {
    const lists = Array.isArray(found) && found.length === wanted.length;
    return lists && wanted.every((inner, position) => contains(found[position], inner));
  }
  if (wanted === null || typeof wanted !== 'object') return found === wanted;
  return Object.entries(wanted).every(([key, inner]) => contains(found?.[key] ?? null, inner));
}

async function replay(vendor, vector) {
  await sandbox.reset();
  const action = { answer: answered(vector.response) };
  await sandbox.script(vendor, { operation: scripted(vector), times: 0, ...action });
  const client = new Client({ ...sandbox.configFor([vendor]), issuers, retry: { attempts: 1 } });
  const [side, found] = await call(client, vector).then(
    (result) => ['ok', result],
    (error) => ['error', error],
  );
  client.close();
  const wanted = { ...vector.expect[side] };
  assert.ok(vector.expect[side], `${side}: ${found}`);
  // What the client does about a refusal is not a field of the error.
  delete wanted.advice;
  const document = snakeCase(JSON.parse(JSON.stringify(found)));
  for (const [key, value] of Object.entries(wanted)) {
    // The facts of a call whose token was refused are those of the call, not of the token.
    if (vector.operation === 'token' && !['kind', 'vendor_code'].includes(key)) continue;
    assert.ok(contains(document[key] ?? null, value), `${key} is ${JSON.stringify(document[key])}, not ${JSON.stringify(value)}`);
  }
}

const folders = readdirSync(VECTORS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
// This machine makes no answers.
for (const { name: vendor } of folders.filter(({ name }) => name !== 'offline')) {
  test(`answers of ${vendor}`, async () => {
    // A token that is ready is no call's answer: core's own tests read those.
    const vectors = cases(vendor).filter(({ operation, expect }) => operation !== 'token' || expect.error);
    assert.ok(vectors.length > 50, `${vectors.length} vectors`);
    const failures = [];
    for (const vector of vectors) {
      await replay(vendor, vector).catch((error) => failures.push(`${vector.name}: ${error.message}`));
    }
    assert.deepEqual(failures, []);
  });
}
