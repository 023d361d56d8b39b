'use strict';

// Calls in flight: signals, the event loop, workers, the end of the process.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { getEventListeners } = require('node:events');
const { readFile } = require('node:fs/promises');
const { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { monitorEventLoopDelay, performance } = require('node:perf_hooks');
const { after, before, beforeEach, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { Client } = require('cardwire');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

const PACKAGE = JSON.stringify(path.join(__dirname, '..'));
const photo = readFileSync(PHOTO);
let sandbox;
let client;

before(async () => {
  sandbox = await start();
  client = new Client(sandbox.config);
});
beforeEach(async () => {
  await sandbox.reset();
  await sandbox.settings({ rates: { tencent_faceid: 0 } });
});
after(async () => {
  client.close();
  await sandbox.stop();
});

const failure = (promise) => promise.then(() => assert.fail('no error'), (error) => error);

test('a signal that aborted before: nothing is sent', async () => {
  const reason = new Error('too late');
  const error = await failure(client.verify(PERSON, { signal: AbortSignal.abort(reason) }));
  assert.deepEqual([error.kind, error.code, error.sent, error.billed], ['cancelled', 40, 'no', 'no']);
  assert.equal(error.cause, reason);
  assert.deepEqual(await sandbox.ledger(), []);
});

test('a signal that aborts during the call ends it at once', async () => {
  await sandbox.settings({ latency_ms: 5000 });
  const controller = new AbortController();
  const call = failure(client.verify(PERSON, { signal: controller.signal }));
  while ((await sandbox.ledger()).length === 0) await sleep(5);
  const before = performance.now();
  controller.abort();
  const error = await call;
  assert.ok(performance.now() - before < 2000);
  assert.equal(error.kind, 'cancelled');
  assert.equal(error.sent, 'unknown');
  assert.equal(error.cause.name, 'AbortError');
});

test('a signal that aborts after the call changes nothing', async () => {
  const controller = new AbortController();
  const verified = await client.verify(PERSON, { signal: controller.signal });
  controller.abort();
  assert.equal(verified.outcome, 'match');
  const other = AbortSignal.timeout(5000);
  assert.equal((await client.verify(PERSON, { signal: other })).outcome, 'match');
});

test('a signal has one listener for all its calls, and none behind them', async () => {
  const warnings = [];
  const warned = ({ name }) => warnings.push(name);
  process.on('warning', warned);
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = () => getEventListeners(signal, 'abort').length;
  const calls = Array.from({ length: 20 }, () => client.verify(PERSON, { signal }));
  const items = client.verifyMany([PERSON], { signal });
  const first = items.next();
  assert.equal(listeners(), 1);
  assert.equal((await first).value.result.outcome, 'match');
  await Promise.all(calls);
  assert.equal(listeners(), 1);
  assert.equal((await items.next()).done, true);
  assert.equal(listeners(), 0);
  const unread = () => new ReadableStream({ pull() {} });
  const read = Array.from({ length: 20 }, () => failure(client.recognize(unread(), { signal })));
  assert.equal(listeners(), 1);
  controller.abort();
  assert.deepEqual(new Set((await Promise.all(read)).map(({ kind }) => kind)), new Set(['cancelled']));
  assert.equal(listeners(), 0);
  await new Promise(setImmediate);
  process.off('warning', warned);
  assert.deepEqual(warnings, []);
});

test('256 calls in flight leave the event loop and the pool alone', async () => {
  await sandbox.settings({ latency_ms: 1000 });
  const large = Buffer.concat([photo, Buffer.alloc(1_000_000 - photo.length)]);
  const began = performance.now();
  const calls = [];
  const starts = [];
  for (let count = 0; count < 256; count++) {
    const start = performance.now();
    calls.push(client.recognize(large, { vendor: 'wechat', timeoutMs: 60_000 }));
    starts.push(performance.now() - start);
    if (count % 16 === 0) await new Promise(setImmediate);
  }
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const reads = performance.now();
  await Promise.all(Array.from({ length: 16 }, () => readFile(PHOTO)));
  const read = performance.now() - reads;
  const cards = await Promise.all(calls);
  delay.disable();
  const whole = performance.now() - began;
  assert.ok(cards.every(({ cardNumber }) => cardNumber === PERSON.cardNumber));
  // On the pool's four threads, 256 calls of a second take 64 seconds, and files wait for them.
  assert.ok(whole < 32_000, `the calls took ${whole} ms`);
  assert.ok(read < 5000, `files took ${read} ms`);
  // Figures that a busy machine does not spoil: a call that blocked would show in every one.
  const [start, lag] = [starts.sort((a, b) => a - b)[128], delay.percentile(50) / 1e6];
  assert.ok(start < 20, `a call took ${start} ms to start`);
  assert.ok(lag < 50, `the loop lagged ${lag} ms`);
});

function run(program, ...args) {
  const child = spawn(process.execPath, ['--expose-gc', '-e', program, JSON.stringify(sandbox.config), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const began = performance.now();
  return new Promise((resolve) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, out: out.trim(), err, ms: performance.now() - began });
    });
  });
}

const SETUP = `
  const { Client } = require(${PACKAGE});
  const person = ${JSON.stringify(PERSON)};
  const config = JSON.parse(process.argv[1]);
`;

test('an idle client does not keep the process alive', async () => {
  const { code, out, ms, err } = await run(`${SETUP}
    globalThis.client = new Client(config, { onEvent() {} });
    client.verify(person).then(({ outcome }) => console.log(outcome));
  `);
  assert.deepEqual([code, out], [0, 'match'], err);
  assert.ok(ms < 10_000);
});

test('a call in flight keeps the process alive', async () => {
  await sandbox.settings({ latency_ms: 500 });
  const { code, out, err } = await run(`${SETUP}
    new Client(config).verify(person).then(({ outcome }) => console.log(outcome));
  `);
  assert.deepEqual([code, out], [0, 'match'], err);
});

test('a client with a call in flight survives the collector; without one it is collected', async () => {
  await sandbox.settings({ latency_ms: 300 });
  const { code, out, err } = await run(`${SETUP}
    (async () => {
      const refs = [];
      const calls = [];
      for (let count = 0; count < 50; count++) {
        const client = new Client(config, { onEvent() { client; } });
        refs.push(new WeakRef(client));
        if (count < 5) calls.push(client.verify(person));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      gc();
      const outcomes = (await Promise.all(calls)).map(({ outcome }) => outcome);
      calls.length = 0;
      for (let round = 0; round < 5; round++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        gc();
      }
      const alive = refs.filter((ref) => ref.deref()).length;
      console.log(outcomes.join(), alive <= 1);
    })();
  `);
  assert.deepEqual([code, out], [0, 'match,match,match,match,match true'], err);
});

test('process.exit with calls in flight neither crashes nor hangs', async () => {
  await sandbox.settings({ latency_ms: 5000 });
  for (let round = 0; round < 5; round++) {
    const { code, signal, err, ms } = await run(`${SETUP}
      const client = new Client(config, { onEvent() {} });
      for (let count = 0; count < 64; count++) client.verify(person);
      setTimeout(() => process.exit(7), ${round * 30});
    `);
    assert.deepEqual([code, signal, err], [7, null, '']);
    assert.ok(ms < 4000, `${ms} ms`);
  }
});

test('an uncaught exception and SIGTERM end the process as ever', async () => {
  await sandbox.settings({ latency_ms: 5000 });
  const thrown = await run(`${SETUP}
    const client = new Client(config);
    for (let count = 0; count < 64; count++) client.verify(person);
    setTimeout(() => { throw new Error('mine'); }, 50);
  `);
  assert.equal(thrown.code, 1);
  assert.match(thrown.err, /Error: mine/);
  const killed = await run(`${SETUP}
    const client = new Client(config);
    for (let count = 0; count < 64; count++) client.verify(person);
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);
  `);
  assert.equal(killed.signal, 'SIGTERM');
});

test('what onEvent throws is an uncaught exception, and the call goes on', async () => {
  const { code, out, err } = await run(`${SETUP}
    process.on('uncaughtException', ({ message }) => console.log(message));
    const client = new Client(config, { onEvent({ event }) { throw new Error(event); } });
    client.verify(person, { vendor: 'tencent_faceid' }).then(({ outcome }) => console.log(outcome));
  `);
  assert.equal(code, 0, err);
  assert.deepEqual(out.split('\n'), ['call_started', 'attempt_started', 'attempt_ended', 'call_ended', 'match']);
});

test('onEvent may close its client, whatever else does', async () => {
  for (let nth = 0; nth < 8; nth++) {
    let seen = 0;
    const own = new Client(sandbox.config, {
      onEvent() {
        if (seen++ === nth) own.close();
      },
    });
    const calls = Array.from({ length: 8 }, () =>
      own.verify(PERSON, { vendor: 'tencent_faceid' }).then(
        ({ outcome }) => outcome,
        ({ kind }) => kind,
      ),
    );
    if (nth % 2 === 1) setImmediate(() => own.close());
    for (const end of await Promise.all(calls)) assert.ok(['match', 'cancelled', 'closed'].includes(end), end);
  }
});

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { Client } = require(${PACKAGE});
  const client = new Client(workerData.config, { onEvent() {} });
  const calls = Array.from({ length: workerData.calls }, () => client.verify(workerData.person));
  calls.forEach((call) => call.catch(() => {}));
  if (workerData.tell) parentPort.postMessage('started');
  Promise.all(calls).then((all) => parentPort.postMessage(all.map(({ outcome }) => outcome)), () => {});
`;

function worker(calls, tell = false) {
  const workerData = { config: sandbox.config, person: PERSON, calls, tell };
  return new Worker(WORKER, { eval: true, workerData });
}

test('workers make calls and end by themselves', async () => {
  const results = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const own = worker(8);
      let outcomes;
      own.on('message', (message) => (outcomes = message));
      const code = await new Promise((resolve, reject) => own.on('exit', resolve).on('error', reject));
      return [code, outcomes.length, outcomes.every((outcome) => outcome === 'match')];
    }),
  );
  assert.deepEqual(results, Array(4).fill([0, 8, true]));
});

test('worker.terminate with calls in flight neither crashes nor hangs', { timeout: 60_000 }, async () => {
  await sandbox.settings({ latency_ms: 50 });
  for (let round = 0; round < 40; round++) {
    const own = worker(32, true);
    await new Promise((resolve, reject) => own.once('message', resolve).once('error', reject));
    await sleep(round * 2);
    const before = performance.now();
    await own.terminate();
    assert.ok(performance.now() - before < 2000);
  }
  assert.equal((await client.verify(PERSON)).outcome, 'match');
});

test('a process that loads the library only in workers outlives them', async () => {
  await sandbox.settings({ latency_ms: 20 });
  const { code, signal, out, err } = await run(
    `
    const { Worker } = require('node:worker_threads');
    const workerData = { config: JSON.parse(process.argv[1]), person: ${JSON.stringify(PERSON)}, calls: 16, tell: true };
    (async () => {
      for (let round = 0; round < 12; round++) {
        const own = new Worker(process.argv[2], { eval: true, workerData });
        await new Promise((resolve, reject) => own.once('message', resolve).once('error', reject));
        await new Promise((resolve) => setTimeout(resolve, round * 3));
        await own.terminate();
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      console.log('alive');
    })();
  `,
    WORKER,
  );
  assert.deepEqual([code, signal, out], [0, null, 'alive'], err);
});

test('a child process inherits no descriptor of the library', { skip: process.platform !== 'linux' }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
  const journal = path.join(folder, 'orders.db');
  const busy = new Client({ ...sandbox.config, journal }, { onEvent: () => {} });
  await busy.recognize(photo, { vendor: 'wechat' });
  await sandbox.settings({ latency_ms: 5000 });
  const controller = new AbortController();
  const calls = [1, 2, 3, 4].map(() => failure(busy.verify(PERSON, { signal: controller.signal })));
  while ((await sandbox.ledger()).length < 5) await sleep(5);
  // What the library has open is closed where another program begins.
  const script = `
    const fs = require('node:fs');
    const own = fs.readdirSync('/proc/self/fd').filter((name) => Number(name) > 2);
    const named = own.flatMap((name) => { try { return [fs.readlinkSync('/proc/self/fd/' + name)]; } catch { return []; } });
    process.stdout.write(JSON.stringify(named));`;
  for (const stdio of [['inherit', 'pipe', 'inherit'], ['ignore', 'pipe', 'inherit']]) {
    const child = spawn(process.execPath, ['-e', script], { stdio });
    let text = '';
    for await (const part of child.stdout) text += part;
    const named = JSON.parse(text);
    assert.deepEqual(named.filter((name) => name.startsWith(folder)), []);
    // Of the connections to the vendors it has none: Node's own descriptors are pipes and the like.
    assert.deepEqual(named.filter((name) => name.startsWith('socket:') && ours().includes(name)), []);
  }
  controller.abort();
  for (const error of await Promise.all(calls)) assert.equal(error.kind, 'cancelled');
  busy.close();
  rmSync(folder, { recursive: true });

  function ours() {
    return readdirSync('/proc/self/fd').flatMap((name) => {
      try { return [readlinkSync(`/proc/self/fd/${name}`)]; } catch { return []; }
    });
  }
});
