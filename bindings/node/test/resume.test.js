'use strict';

// References, order numbers of a batch's inputs, and batches that go on where they were cut off.

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { Readable } = require('node:stream');
const { after, before, beforeEach, test } = require('node:test');
const { inspect } = require('node:util');
const { CardwireError, Client } = require('cardwire');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

const photo = readFileSync(PHOTO);
const { phone, ...holder } = PERSON;
let sandbox;
let folder;
let config;
let client;

before(async () => {
  sandbox = await start();
  folder = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
});
beforeEach(async (context) => {
  await sandbox.reset();
  client?.close();
  const journal = path.join(folder, `${context.name.replace(/\W/g, '')}.journal`);
  config = { ...sandbox.configFor(['aliyun_bankocr', 'tencent_faceid']), journal };
  client = new Client(config);
});
after(async () => {
  client.close();
  rmSync(folder, { recursive: true });
  await sandbox.stop();
});

const failure = (promise) => promise.then(() => assert.fail('no error'), (error) => error);
const executed = async () => (await sandbox.ledger()).filter((entry) => entry.executed).length;

async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all.sort((a, b) => a.index - b.index);
}

test('a batch that was abandoned goes on, and each photo is answered once', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `photos/000${index}.jpg`);
  const inputs = () => names.map((reference) => ({ input: photo, reference }));
  await sandbox.script('aliyun_bankocr', { skip: 3, fault: { kind: 'close_after_read' } });
  for await (const { index, error } of client.recognizeMany(inputs(), { concurrency: 1, skipAnswered: true })) {
    assert.equal(error?.sent, index === 3 ? 'unknown' : undefined, inspect(error));
    if (index === 4) break;
  }
  assert.equal(await executed(), 5);
  client.close();

  client = new Client(config);
  const items = await collect(client.recognizeMany(inputs(), { concurrency: 4, skipAnswered: true }));
  const outcomes = items.map(({ error }) => error?.kind ?? 'ok');
  const was = 'already_answered';
  assert.deepEqual(outcomes, [was, was, was, 'ok', was, 'ok', 'ok', 'ok']);
  assert.equal(await executed(), 9);
  for (const { index, result, error } of items) {
    const found = await client.orders({ reference: names[index] });
    const [answer, ...others] = found.filter(({ status }) => status === 'answered');
    assert.deepEqual([answer.reference, answer.outcome, others], [names[index], 'ok', []]);
    assert.equal((result ?? error).orderId, answer.orderId);
    if (result) continue;
    assert.deepEqual(error.order, answer);
    assert.deepEqual(error.order, await client.findOrder(answer.orderId));
    assert.ok(Object.isFrozen(error.order));
    // Nothing of this call was sent; the order says what was of that one.
    assert.deepEqual([error.sent, error.billed, error.code], ['no', 'no', 42]);
    assert.deepEqual([error.order.sent, error.order.billed], ['yes', 'yes']);
    assert.deepEqual(error.toJSON().order, answer);
  }
  const unknown = await client.unknownOrders();
  assert.deepEqual(unknown.map(({ reference }) => reference), [names[3]]);
});

test('inputs with and without names', async () => {
  class Photo extends Readable {
    input = 'of its own';
    _read() {
      this.push(photo);
      this.push(null);
    }
  }
  const inputs = [
    photo,
    { input: photo, reference: 'second' },
    { input: PHOTO, orderId: 'third' },
    Promise.resolve({ input: new Blob([photo]), orderId: 'fourth', reference: '照片 4' }),
    { input: photo, orderId: null, reference: undefined },
    new Photo(),
    { input: new Photo(), reference: 'seventh' },
  ];
  const items = await collect(client.recognizeMany(inputs));
  const orders = await Promise.all(items.map(({ result }) => client.findOrder(result.orderId)));
  assert.deepEqual(orders.map(({ reference }) => reference), [null, 'second', null, '照片 4', null, null, 'seventh']);
  assert.deepEqual([orders[2].orderId, orders[3].orderId], ['third', 'fourth']);
  assert.equal(new Set(orders.map(({ orderId }) => orderId)).size, inputs.length);

  const holders = [{ input: holder, reference: 'row 1', orderId: 'row1' }, holder];
  const verified = await collect(client.verifyMany(holders));
  assert.deepEqual(verified.map(({ result }) => result.outcome), ['match', 'match']);
  const { reference, operation } = await client.findOrder('row1');
  assert.deepEqual([reference, operation], ['row 1', 'verify']);
});

test('inputs whose names cannot be used', async () => {
  const inputs = [
    [{ input: photo, reference: '' }, 'reference'],
    [{ input: photo, orderId: 'not one' }, 'orderId'],
    [{ input: photo, reference: '\ud800' }, 'reference'],
    [{ input: photo, reference: 5 }, TypeError],
    [{ input: photo, order_id: 'order1' }, TypeError],
    [{ input: { input: photo } }, TypeError],
    [{ input: undefined, reference: 'a' }, TypeError],
    [{ reference: 'a' }, TypeError],
    [{ input: Promise.resolve(photo) }, TypeError],
  ];
  const items = await collect(client.recognizeMany(inputs.map(([input]) => input)));
  for (const [index, { error }] of items.entries()) {
    const [, wanted] = inputs[index];
    if (wanted === TypeError) assert.ok(error instanceof TypeError, inspect(error));
    else assert.deepEqual([error.kind, error.argument], ['invalid_argument', wanted], inspect(error));
  }
  const [{ error }] = await collect(client.verifyMany([{ input: holder, name: 'row 1' }]));
  assert.ok(error instanceof TypeError && !error.message.includes('row 1'));
  assert.equal(await executed(), 0);
});

test('a reference is printable and holds no number of a person', async () => {
  const vendor = 'tencent_faceid';
  const refused = ['', 'a\nb', 'a\u200bb', 'a'.repeat(65), 'card 6222 0200 0000 0000 000', `of-${PERSON.idNumber}`];
  for (const reference of refused) {
    const error = await failure(client.verify(holder, { vendor, reference }));
    assert.deepEqual([error.kind, error.argument], ['invalid_argument', 'reference'], reference);
    assert.ok(reference === '' || !`${inspect(error)} ${JSON.stringify(error)}`.includes(reference), reference);
  }
  for (const options of [{ reference: 1 }, { reference: 'a', skipAnswered: 1 }, { reference: 'a', skipAnswered: null }]) {
    assert.ok((await failure(client.verify(holder, options))) instanceof TypeError, inspect(options));
  }
  assert.equal(await executed(), 0);
  for (const reference of ['1', '照片/2026 年/0001.jpg', '证'.repeat(64)]) {
    const { orderId } = await client.verify(holder, { vendor, reference });
    assert.deepEqual((await client.orders({ reference })).map((order) => order.orderId), [orderId]);
  }
  assert.ok((await failure(client.fetchOrder('order1', { reference: 'a' }))) instanceof TypeError);
});

test('single calls are not sent again', async () => {
  const calls = [
    (options) => client.recognize(photo, options),
    (options) => client.verify(holder, options),
    (options) => client.lookupCard(PERSON.cardNumber, options),
  ];
  for (const [index, call] of calls.entries()) {
    const reference = `call ${index}`;
    const orderId = `call${index}`;
    await call({ reference, orderId, skipAnswered: true });
    const requests = (await sandbox.ledger()).length;
    for (const names of [{ reference }, { orderId }, { reference: 'another', orderId }]) {
      const error = await failure(call({ ...names, skipAnswered: true }));
      assert.deepEqual([error.kind, error.orderId, error.sent], ['already_answered', orderId, 'no']);
      assert.deepEqual(error.order, await client.findOrder(orderId));
    }
    assert.equal((await sandbox.ledger()).length, requests);
    await call({ reference, skipAnswered: false });
    await call({ reference: `${reference}b`, skipAnswered: true });
    assert.equal((await client.orders({ reference })).length, 2);
  }
});

test('what could never be told again is refused', async () => {
  const unnamed = await failure(client.verify(holder, { skipAnswered: true }));
  assert.deepEqual([unnamed.kind, unnamed.argument], ['invalid_argument', 'reference']);
  const [{ error }] = await collect(client.recognizeMany([photo], { skipAnswered: true }));
  assert.deepEqual([error.kind, error.argument], ['invalid_argument', 'reference']);
  const without = new Client({ ...config, journal: undefined });
  const unkept = await failure(without.verify(holder, { reference: 'a', skipAnswered: true }));
  without.close();
  assert.equal(unkept.kind, 'invalid_config');
  assert.deepEqual([unkept.order, 'order' in unkept.toJSON()], [null, false]);
  assert.equal(await executed(), 0);
  const made = new CardwireError('before', { kind: 'already_answered', order: Object.freeze({ orderId: 'order1' }) });
  assert.deepEqual([made.order.orderId, made.toJSON().order.orderId], ['order1', 'order1']);
});
