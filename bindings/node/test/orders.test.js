'use strict';

// The journal: what a client writes there, and how it is read and settled, with and without one.

const assert = require('node:assert/strict');
const { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { inspect } = require('node:util');
const { Worker } = require('node:worker_threads');
const { CardwireError, Client, Journal } = require('cardwire');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

let sandbox;
let folder;
let file;
let client;

before(async () => {
  sandbox = await start();
});
beforeEach(async () => {
  await sandbox.reset();
  client?.close();
  if (folder) rmSync(folder, { recursive: true });
  folder = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
  file = path.join(folder, 'orders.journal');
  client = new Client({ ...sandbox.config, journal: file });
});
after(async () => {
  client.close();
  rmSync(folder, { recursive: true });
  await sandbox.stop();
});

const failure = (promise) => promise.then(() => assert.fail('no error'), (error) => error);

async function lose(orderId) {
  const fault = { kind: 'close_after_read' };
  await sandbox.script('tencent_faceid', { fault });
  const error = await failure(client.verify(PERSON, { vendor: 'tencent_faceid', orderId }));
  assert.deepEqual([error.kind, error.sent], ['network', 'unknown']);
}

/** The threads of this process that answer questions; one without a question stays a second. */
function answering() {
  const name = (thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
  return readdirSync('/proc/self/task').filter((thread) => name(thread) === 'cardwire-orders');
}

test('many questions at once have four threads', { skip: process.platform !== 'linux' }, async () => {
  const open = await Journal.open(file);
  // All of them: one that starts has no name yet.
  const before = readdirSync('/proc/self/task');
  for (const [asked, most] of [[client, 4], [open, 8]]) {
    await Promise.all(Array.from({ length: 50 }, () => asked.findOrder('nothing')));
    const threads = answering().filter((thread) => !before.includes(thread)).length;
    assert.ok(threads >= 1 && threads <= most, `${threads}`);
  }
  open.close();
});

test('an answered order', async () => {
  const began = Date.now() - 1000;
  const answer = await client.verify(PERSON, { vendor: 'tencent_faceid', orderId: 'order1' });
  const record = await client.findOrder('order1');
  const { createdMs, changedMs, ...rest } = record;
  assert.ok(began < createdMs && createdMs <= changedMs && changedMs <= Date.now() + 1000);
  assert.deepEqual(rest, {
    orderId: 'order1',
    reference: null,
    vendor: 'tencent_faceid',
    account: 'tencent_faceid',
    operation: 'verify',
    status: 'answered',
    sends: 1,
    sent: 'yes',
    billed: answer.billed,
    outcome: 'ok',
    vendorCode: null,
    requestId: answer.requestId,
    httpStatus: 200,
    late: false,
    reconciledMs: null,
    note: null,
  });
  assert.ok(Object.isFrozen(record));
  assert.equal(await client.findOrder('none'), null);
  assert.deepEqual(await client.orders(), [record]);
  assert.deepEqual(await client.unknownOrders(), []);
});

test('orders are filtered', async () => {
  await client.verify(PERSON, { vendor: 'tencent_faceid', orderId: 'filter1' });
  await client.recognize(PHOTO, { vendor: 'wechat', orderId: 'filter2' });
  const { createdMs } = await client.findOrder('filter1');
  const listed = async (filter) => (await client.orders(filter)).map(({ orderId }) => orderId).sort();
  assert.deepEqual(await listed({ status: 'answered', sinceMs: createdMs }), ['filter1', 'filter2']);
  assert.deepEqual(await listed({ vendor: 'wechat', account: null }), ['filter2']);
  assert.deepEqual(await listed({ account: 'tencent_faceid' }), ['filter1']);
  assert.deepEqual(await listed({ untilMs: createdMs }), []);
  assert.deepEqual(await listed({ before: 'filter2' }), ['filter1']);
  assert.deepEqual([await listed({ before: 'filter1' }), await listed({ reference: 'nothing' })], [[], []]);
  assert.deepEqual([(await listed({ limit: 1 })).length, await listed({ limit: 0 })], [1, []]);
  const refused = [{ status: 'lost' }, { vendor: 'nobody' }, { limit: -1 }, { sinceMs: 1.5 }];
  for (const filter of refused) {
    assert.equal((await failure(client.orders(filter))).kind, 'invalid_argument', inspect(filter));
  }
  for (const filter of [5, null, { state: 'unknown' }, { limit: '1' }, { sinceMs: new Date() }, { status: 1 }]) {
    assert.ok((await failure(client.orders(filter))) instanceof TypeError, inspect(filter));
  }
});

test('an unknown order is settled', async () => {
  await lose('unknown1');
  const journal = await Journal.open(pathToFileURL(file));
  const [lost, ...others] = await journal.unknownOrders();
  assert.deepEqual([lost.orderId, lost.status, others], ['unknown1', 'unknown', []]);
  assert.equal(await journal.reconcileOrder('unknown1', 'not billed'), undefined);
  assert.deepEqual(await journal.unknownOrders(), []);
  const settled = await journal.findOrder('unknown1');
  assert.equal(settled.note, 'not billed');
  assert.ok(settled.reconciledMs >= lost.createdMs);
  const error = await failure(journal.reconcileOrder('none', 'x'));
  assert.deepEqual([error.kind, error.argument], ['invalid_argument', 'orderId']);
  await client.reconcileOrder('unknown1', 'again');
  assert.deepEqual((await journal.orders()).map(({ note }) => note), ['again']);
  journal.close();
});

test('orders are exported and pruned', async () => {
  for (const orderId of ['export1', 'export2']) await client.verify(PERSON, { vendor: 'tencent_faceid', orderId });
  const lines = path.join(folder, 'lines');
  assert.equal(await client.exportOrders(lines), 2);
  const written = readFileSync(lines, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line).order_id);
  assert.deepEqual(written, ['export2', 'export1']);
  const there = await failure(client.exportOrders(lines));
  assert.deepEqual([there.kind, there.argument, there.path, there.cause.code], ['invalid_argument', 'path', lines, 'EEXIST']);
  const journal = await Journal.open(file);
  const one = path.join(folder, 'one');
  assert.equal(await journal.exportOrders(pathToFileURL(one), { before: 'export2' }), 1);
  assert.equal(JSON.parse(readFileSync(one, 'utf8')).order_id, 'export1');
  const longAgo = Date.now() - 25 * 3_600_000;
  assert.deepEqual([await client.pruneOrders(longAgo), await journal.pruneOrders(0)], [0, 0]);
  for (const recent of [Date.now(), Number.MAX_SAFE_INTEGER, -1, 0.5]) {
    assert.equal((await failure(journal.pruneOrders(recent))).kind, 'invalid_argument', String(recent));
  }
  for (const wrong of [undefined, null, new Date(), '0']) {
    assert.ok((await failure(client.pruneOrders(wrong))) instanceof TypeError, inspect(wrong));
  }
  assert.equal((await journal.orders()).length, 2);
  journal.close();
});

test('a journal that cannot be used', async () => {
  const without = new Client(sandbox.config);
  const asked = [without.orders(), without.unknownOrders(), without.findOrder('x'), without.reconcileOrder('x', 'y')];
  for (const { kind } of await Promise.all(asked.map(failure))) assert.equal(kind, 'invalid_config');
  without.close();
  assert.equal((await failure(Journal.open(folder))).kind, 'storage');
  const broken = path.join(folder, 'broken');
  writeFileSync(broken, 'x'.repeat(5000));
  const error = await failure(Journal.open(broken));
  assert.ok(error instanceof CardwireError && error.kind === 'storage');
  for (const wrong of [undefined, 5, Buffer.from(file)]) {
    assert.ok((await failure(Journal.open(wrong))) instanceof TypeError);
  }
  assert.throws(() => new Journal(), TypeError);
  const journal = await Journal.open(file);
  assert.equal(inspect(journal), 'Journal {}');
  const shut = new Client({ ...sandbox.config, journal: file });
  shut.close();
  const refused = [shut.orders(), shut.unknownOrders(), shut.findOrder('x'), shut.pruneOrders(0)];
  for (const { kind } of await Promise.all(refused.map(failure))) assert.equal(kind, 'closed');
  const list = journal.orders();
  journal.close();
  journal.close();
  assert.deepEqual(await list, []);
  assert.equal((await failure(journal.orders())).kind, 'closed');
  assert.ok((await failure(client.reconcileOrder('order1'))) instanceof TypeError);
});

test('what is written is told', async () => {
  const told = [];
  const journal = path.join(folder, 'told.journal');
  const onEvent = (event) => event.event === 'order_written' && told.push(event);
  const observed = new Client({ ...sandbox.config, journal }, { onEvent });
  const { phone, ...holder } = PERSON;
  await observed.verify(holder, { vendor: 'aliyun_yhkr', orderId: 'told1' });
  observed.close();
  assert.deepEqual(told.map(({ state }) => state), ['intent', 'released', 'done']);
  const about = { event: 'order_written', vendor: 'aliyun_yhkr', account: 'aliyun_yhkr', orderId: 'told1' };
  const { text, call, ...intent } = told[0];
  assert.deepEqual(intent, { ...about, level: 'debug', state: 'intent' });
  assert.match(text, new RegExp(`^order_written call=${call} .* order_id=told1 state=intent$`));
});

test('a worker that ends while the journal is read', async () => {
  const program = `
    const { workerData, parentPort } = require('node:worker_threads');
    const { Journal } = require(${JSON.stringify(path.join(__dirname, '..'))});
    Journal.open(workerData).then((journal) => {
      for (let count = 0; count < 50; count++) journal.orders();
      parentPort.postMessage('asked');
    });
  `;
  for (let round = 0; round < 10; round++) {
    const worker = new Worker(program, { eval: true, workerData: file });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
  }
  assert.deepEqual(await client.orders(), []);
});
