'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { Readable } = require('node:stream');
const { promisify } = require('node:util');
const { after, before, beforeEach, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { CardwireError, Client } = require('cardwire');
const { PERSON, PHOTO, marked, start } = require('./support/sandbox.js');

const photo = readFileSync(PHOTO);
let sandbox;
let client;

before(async () => {
  sandbox = await start();
  client = new Client(sandbox.configFor(['aliyun_bankocr', 'aliyun_yhkr']));
});
beforeEach(() => sandbox.reset());
after(async () => {
  client.close();
  await sandbox.stop();
});

const holder = { cardNumber: PERSON.cardNumber, name: PERSON.name, idNumber: PERSON.idNumber };

async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all.sort((a, b) => a.index - b.index);
}

test('every input has its result or its error', async () => {
  const inputs = [photo, 5, marked(photo, { answer: '-1' }), PHOTO, Promise.resolve(photo)];
  const items = await collect(client.recognizeMany(inputs, { concurrency: 2 }));
  assert.deepEqual(items.map(({ index }) => index), [0, 1, 2, 3, 4]);
  for (const index of [0, 3, 4]) {
    assert.equal(items[index].result.cardNumber, PERSON.cardNumber);
    assert.equal(items[index].error, null);
  }
  assert.ok(items[1].error instanceof TypeError);
  assert.equal(items[1].result, null);
  assert.ok(items[2].error instanceof CardwireError);
  assert.equal(items[2].error.vendorCode, '-1');
  assert.ok(Object.isFrozen(items[0]));
  const orders = new Set([0, 3, 4].map((index) => items[index].result.orderId));
  assert.equal(orders.size, 3);
});

test('verifyMany takes an asynchronous iterable', async () => {
  async function* holders() {
    yield holder;
    await sleep(5);
    yield { ...holder, name: '李四' };
  }
  const items = await collect(client.verifyMany(holders()));
  assert.deepEqual(items.map(({ result }) => result.outcome), ['match', 'mismatch']);
});

test('no inputs, no results', async () => {
  assert.deepEqual(await collect(client.recognizeMany([])), []);
});

test('inputs are taken only as calls end', async () => {
  await sandbox.settings({ latency_ms: 20 });
  let taken = 0;
  let given = 0;
  let most = 0;
  function* many() {
    for (; taken < 60; taken++) {
      most = Math.max(most, taken + 1 - given);
      yield holder;
    }
  }
  const before = Date.now();
  for await (const { error } of client.verifyMany(many(), { concurrency: 10 })) {
    given++;
    assert.equal(error, null);
  }
  assert.deepEqual([taken, given], [60, 60]);
  assert.equal(most, 10);
  assert.ok(Date.now() - before < 60 * 20, 'calls ran side by side');
});

test('a consumer that stops to think holds no more than the limit', async () => {
  let taken = 0;
  function* many() {
    for (;;) {
      taken++;
      yield holder;
    }
  }
  for await (const { index } of client.verifyMany(many(), { concurrency: 4 })) {
    await sleep(30);
    assert.ok(taken <= index + 8, `${taken} taken at ${index}`);
    if (index >= 8) break;
  }
});

test('leaving the loop cancels what is in flight and ends the inputs', async () => {
  const fault = { kind: 'never_answer' };
  await sandbox.script('aliyun_yhkr', { skip: 1, times: 0, fault });
  const events = [];
  const observed = new Client(sandbox.configFor(['aliyun_yhkr']), { onEvent: (event) => events.push(event) });
  let ended = 0;
  async function* many() {
    try {
      for (;;) yield holder;
    } finally {
      ended++;
    }
  }
  const before = Date.now();
  for await (const { result } of observed.verifyMany(many(), { concurrency: 8 })) {
    assert.equal(result.outcome, 'match');
    await sleep(100);
    break;
  }
  await sleep(100);
  assert.equal(ended, 1);
  assert.ok(Date.now() - before < 2000);
  const outcomes = events.filter(({ event }) => event === 'attempt_ended').map(({ outcome }) => outcome);
  const started = events.filter(({ event }) => event === 'attempt_started').length;
  assert.equal(outcomes[0], 'ok');
  assert.ok(started >= 2 && started <= 9, `${started} started`);
  observed.close();
});

/** Inputs of which, after so many, nothing more comes; `waits` is kept when that is seen. */
function stalled(count) {
  const inputs = { asked: 0, returned: 0 };
  inputs.waits = new Promise((resolve) => {
    inputs.next = async () => {
      if (inputs.asked++ < count) return { done: false, value: holder };
      resolve();
      return new Promise(() => {});
    };
  });
  inputs.return = () => {
    inputs.returned++;
    return new Promise(() => {});
  };
  inputs[Symbol.asyncIterator] = () => inputs;
  return inputs;
}

test('closing the client gives up an input that does not come', { timeout: 10_000 }, async () => {
  const closed = { name: 'CardwireError', kind: 'closed', sent: 'no', billed: 'no' };
  await sandbox.script('aliyun_yhkr', { skip: 1, times: 0, fault: { kind: 'never_answer' } });
  const own = new Client(sandbox.configFor(['aliyun_yhkr']));
  const inputs = stalled(3);
  const items = own.verifyMany(inputs, { concurrency: 8 });
  assert.equal((await items.next()).value.result.outcome, 'match');
  const pending = [items.next(), items.next(), items.next(), items.next()];
  await inputs.waits;
  own.close();
  for (const { value } of await Promise.all(pending.slice(0, 2))) assert.equal(value.error.kind, 'cancelled');
  await assert.rejects(pending[2], closed);
  assert.equal((await pending[3]).done, true);
  assert.deepEqual([inputs.asked, inputs.returned], [4, 1]);

  const unasked = stalled(3);
  unasked.return = undefined;
  await assert.rejects(own.verifyMany(unasked).next(), closed);
  assert.equal(unasked.asked, 0);
  const kinds = (await collect(own.verifyMany([holder, holder]))).map(({ error }) => error.kind);
  assert.deepEqual(kinds, ['closed', 'closed']);
  await assert.rejects(own.verifyMany([new Promise(() => {})]).next(), closed);
});

test('leaving a batch does not wait for an input that does not come', { timeout: 10_000 }, async () => {
  for (const leave of [(items) => items.return(), (items) => assert.rejects(items.throw(new RangeError('mine')), RangeError)]) {
    const inputs = stalled(1);
    const items = client.verifyMany(inputs);
    assert.equal((await items.next()).value.error, null);
    const pending = items.next();
    await inputs.waits;
    await leave(items);
    assert.deepEqual(await pending, { done: true, value: undefined });
    assert.deepEqual(await items.next(), { done: true, value: undefined });
    assert.equal(inputs.returned, 1);
  }
  const unbegun = stalled(1);
  assert.equal((await client.verifyMany(unbegun).return()).done, true);
  assert.deepEqual([unbegun.asked, unbegun.returned], [0, 0]);
});

test('a stream that comes when the batch was left is destroyed', { timeout: 10_000 }, async () => {
  for (const named of [(input) => input, (input) => ({ input, reference: 'late' })]) {
    const stream = new Readable({ read() {} });
    let give;
    const inputs = async function* () {
      yield photo;
      yield await new Promise((resolve) => { give = resolve; });
    };
    const items = client.recognizeMany(inputs());
    assert.equal((await items.next()).value.error, null);
    const pending = items.next();
    while (!give) await new Promise(setImmediate);
    await items.return();
    give(named(stream));
    await once(stream, 'close');
    assert.equal((await pending).done, true);
  }
});

test('what is in flight when the inputs throw is handed over first', async () => {
  await sandbox.settings({ latency_ms: 50 });
  const thrown = new RangeError('mine');
  function* broken() {
    yield holder;
    yield holder;
    throw thrown;
  }
  const items = [];
  await assert.rejects(async () => {
    for await (const item of client.verifyMany(broken())) items.push(item);
  }, thrown);
  assert.equal(items.length, 2);
  assert.ok(items.every(({ result }) => result.outcome === 'match'));
});

test('an iterator that gives no object ends the batch, after what is in flight', async () => {
  await sandbox.settings({ latency_ms: 50 });
  for (const wrong of [undefined, null, 5, 'done']) {
    let asked = 0;
    const next = () => (++asked <= 2 ? { done: false, value: holder } : wrong);
    for (const name of [Symbol.iterator, Symbol.asyncIterator]) {
      asked = 0;
      const items = [];
      await assert.rejects(async () => {
        for await (const item of client.verifyMany({ [name]: () => ({ next }) })) items.push(item);
      }, { name: 'TypeError', message: /^an iterator's next\(\) must give an object, not / });
      assert.deepEqual([items.length, asked], [2, 3]);
      assert.ok(items.every(({ result }) => result.outcome === 'match'));
    }
  }
});

test('a process ends whose last input is refused after its last call ended', async () => {
  const config = JSON.stringify(sandbox.configFor(['aliyun_bankocr']));
  const program = `
    const { Client } = require('cardwire');
    const { Readable } = require('node:stream');
    const { setTimeout: sleep } = require('node:timers/promises');
    async function* broken() { await sleep(500); yield 'text'; }
    (async () => {
      const inputs = [${JSON.stringify(PHOTO)}, Readable.from(broken(), { objectMode: false, encoding: 'utf8' })];
      for await (const { index, error } of new Client(${JSON.stringify(config)}).recognizeMany(inputs)) {
        console.log(index, error === null);
      }
    })();`;
  const options = { cwd: __dirname, timeout: 20_000 };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], options);
  assert.equal(stdout, '0 true\n1 false\n');
});

test('a signal ends the batch', async () => {
  await sandbox.settings({ latency_ms: 5000 });
  const controller = new AbortController();
  let taken = 0;
  function* many() {
    for (;;) {
      taken++;
      yield holder;
    }
  }
  setTimeout(() => controller.abort(new Error('enough')), 50);
  const items = await collect(client.verifyMany(many(), { concurrency: 5, signal: controller.signal }));
  assert.equal(items.length, 5);
  assert.equal(taken, 5);
  for (const { error } of items) {
    assert.equal(error.kind, 'cancelled');
    assert.equal(error.cause.message, 'enough');
  }
  assert.deepEqual(await collect(client.verifyMany(many(), { signal: controller.signal })), []);
});

test('memory stays flat over many inputs', { timeout: 60_000 }, async () => {
  const url = new URL('https://cards.example/front.jpg');
  function* many(count) {
    for (let index = 0; index < count; index++) yield url;
  }
  const run = async (count) => {
    let given = 0;
    for await (const { error } of client.recognizeMany(many(count), { concurrency: 32 })) {
      assert.equal(error, null);
      given++;
    }
    assert.equal(given, count);
    return process.memoryUsage().rss;
  };
  const warm = await run(500);
  const full = await run(3000);
  assert.ok(full - warm < 64 * 1024 * 1024, `${(full - warm) >> 20} MiB more`);
});
