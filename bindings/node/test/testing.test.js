'use strict';

// Results and errors that tests make, clients that answer from a script, and the sandbox under node:test.

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const hooks = require('node:test');
const { inspect } = require('node:util');
const { Client, CardwireError } = require('cardwire');
const testing = require('cardwire/testing');
const native = require('../lib/contract.js');
const { camelCase } = require('../lib/documents.js');
const { PERSON, PHOTO } = require('./support/sandbox.js');

const { test } = hooks;
const { ScriptError, ScriptedClient, cardLookup, error, order, recognition, startSandbox, useSandbox, verification } = testing;
const photo = readFileSync(PHOTO);
const { cardNumber } = PERSON;

test('what is not given says nothing', () => {
  const card = recognition({ cardNumber });
  assert.equal(card.cardNumber, cardNumber);
  assert.deepEqual([card.cardKind, card.sent, card.billed], ['unknown', 'yes', 'yes']);
  assert.equal(order({ orderId: 'A1' }).billed, 'no');
  assert.deepEqual([error('timeout').sent, error('timeout').billed], ['no', 'no']);
  assert.deepEqual([card.warnings, card.corners, card.attempts, card.raw], [[], [], [], {}]);
  for (const { name, optional } of native.records.recognition) {
    if (optional) assert.equal(card[camelCase(name)], null, name);
  }
  assert.ok(Object.isFrozen(card));
  assert.ok(!inspect(card).includes(cardNumber));
});

test('each field is as the library makes it', () => {
  const numberPhoto = new Uint8Array([0xff, 0xd8, 0xff]);
  const warnings = [{ kind: 'glare', code: '-9112' }];
  const validThru = { year: 2030, month: 1, printed: '01/2030' };
  const card = recognition({
    cardNumber, vendor: 'wechat', billed: 'yes', validThru, warnings, numberPhoto, raw: { errcode: 0 },
  });
  assert.deepEqual([card.vendor, card.billed, card.facts.billed], ['wechat', 'yes', 'yes']);
  assert.deepEqual([card.validThru, card.warnings, card.raw], [validThru, warnings, { errcode: 0 }]);
  assert.deepEqual(new Uint8Array(card.numberPhoto), numberPhoto);
  assert.equal(card.maskedCardNumber, '622202*********0000');
  assert.equal(card.toJSON().numberPhoto, '/9j/');
  assert.equal(verification({ outcome: 'mismatch', reason: 'cardholder_mismatch' }).reason, 'cardholder_mismatch');
  assert.equal(cardLookup({ found: true, issuer: '中国工商银行' }).issuer, '中国工商银行');
  assert.equal(order({ orderId: 'ABC1', cardNumber }).orderId, 'ABC1');
});

test('every kind of error can be made', () => {
  for (const { kind, number } of native.kinds) {
    const made = error(kind, { vendor: 'baidu_ocr', sent: 'unknown', httpStatus: 502 });
    assert.ok(made instanceof CardwireError);
    assert.deepEqual([made.kind, made.code, made.vendor, made.sent], [kind, number, 'baidu_ocr', 'unknown']);
    assert.deepEqual([made.message, made.httpStatus, made.argument], ['made by a test', 502, null]);
  }
  const cause = { step: 'connect', host: '127.0.0.1', port: 9, reason: 'Connection refused', osError: 111 };
  const broken = error('network', { message: 'no connection', cause, retryAfterMs: 5 });
  assert.deepEqual([broken.message, broken.retryAfterMs, broken.cause.step], ['no connection', 5, 'connect']);
  assert.equal(error('card_not_found', { candidates: [{ cardNumber, confidence: 0.5 }] }).candidates[0].confidence, 0.5);
});

test('what no result has is refused', () => {
  assert.throws(() => recognition({ cardNumber, cardNunber: '1' }), /recognition has no field "cardNunber"/);
  assert.throws(() => recognition({}), /recognition: cardNumber is missing/);
  assert.throws(() => recognition({ cardNumber, numberPhoto: 'x' }), /numberPhoto must be a Uint8Array, not a value/);
  for (const [fields, refusal] of [
    [{ cardNumber: 1 }, 'cardNumber must be a string, not a value of type number'],
    [{ clarity: 'high' }, 'clarity must be a whole number, not a value of type string'],
    [{ clarity: 0.5 }, 'clarity must be a whole number, not a value of type number'],
    [{ confidence: '1' }, 'confidence must be a number, not a value of type string'],
    [{ cardKind: 1 }, 'cardKind must be a string, not a value of type number'],
    [{ validThru: '01/2030' }, 'validThru must be an object, not a value of type string'],
    [{ validThru: { year: '2030', month: 1, printed: '' } }, 'valid_thru: year must be a whole number'],
    [{ validThru: { year: 2030, month: 1 } }, 'valid_thru: printed must be a string, not undefined'],
    [{ warnings: 'glare' }, 'warnings must be an array, not a value of type string'],
    [{ warnings: ['glare'] }, 'the fields of warning must be an object'],
    [{ warnings: [{ kind: 'glare', cod: '1' }] }, 'warning has no field "cod"'],
    [{ issuer: undefined, vendor: 'nobody' }, 'vendor must be one of tencent_kyc'],
  ]) {
    assert.throws(() => recognition({ cardNumber, ...fields }), ({ message }) => message.includes(refusal), refusal);
  }
  assert.throws(() => cardLookup({ found: 1 }), /found must be a boolean, not a value of type number/);
  assert.throws(() => verification({ outcome: 'maybe' }), /outcome must be one of match, mismatch/);
  assert.throws(() => error('odd'), /kind must be one of invalid_argument/);
  assert.throws(() => error('network', { sent: 'perhaps' }), /sent must be one of no/);
  assert.throws(() => new ScriptedClient(['match']), /a script holds results and errors, not a value of type string/);
});

test('a client answers from its script', async () => {
  const timeout = error('timeout', { sent: 'unknown', billed: 'unknown' });
  const answers = [
    recognition({ cardNumber }), timeout, verification({ outcome: 'match' }), cardLookup({ found: true }),
    order({ orderId: 'ABC1' }), recognition({ cardNumber }), recognition({ cardNumber, account: 'theirs' }),
  ];
  const client = new ScriptedClient(answers, { accounts: { second: 'wechat' } });
  assert.ok(client instanceof Client);
  const card = await client.recognize(photo, { orderId: 'A1', reference: 'photo-1' });
  const facts = { vendor: 'tencent_kyc', account: 'tencent_kyc', orderId: 'A1' };
  const attempt = { ...facts, outcome: 'ok', vendorCode: null, sent: 'yes', billed: 'yes', milliseconds: 0 };
  assert.deepEqual([card.vendor, card.orderId, card.attempts], ['tencent_kyc', 'A1', [attempt]]);
  await assert.rejects(client.recognize(PHOTO, { vendors: ['baidu_ocr'] }), (thrown) => {
    const { vendor, orderId, billed, attempts: [{ outcome, ...tried }] } = thrown;
    assert.deepEqual([vendor, billed, outcome, tried.orderId], ['baidu_ocr', 'unknown', 'timeout', orderId]);
    return thrown.message === timeout.message && orderId.length === 32;
  });
  // The answer is as the test made it.
  assert.deepEqual([timeout.vendor, timeout.attempts], [null, []]);
  assert.equal((await client.verify(PERSON)).outcome, 'match');
  assert.equal((await client.lookupCard(cardNumber)).found, true);
  assert.equal((await client.fetchOrder('ABC1')).orderId, 'ABC1');
  const seen = await client.recognize(photo, { vendors: ['offline'] });
  assert.deepEqual([seen.vendor, seen.sent, seen.billed, seen.attempts[0].sent], ['offline', 'no', 'no', 'no']);
  assert.equal(client.remaining, 1);
  const theirs = await client.recognize(new URL('https://cards.example/a.jpg'), { vendors: ['second'] });
  assert.deepEqual([theirs.vendor, theirs.account], ['wechat', 'theirs']);
  const [first, second, verified, lookedUp, fetched, offline, last] = client.calls;
  assert.deepEqual([first.vendor, first.orderId, first.reference], ['tencent_kyc', 'A1', 'photo-1']);
  assert.deepEqual([first.image, second.image, second.vendor], [photo, PHOTO, 'baidu_ocr']);
  assert.equal(second.orderId.length, 32);
  assert.deepEqual([verified.cardNumber, verified.name, verified.idNumber], [cardNumber, PERSON.name, PERSON.idNumber]);
  assert.deepEqual([lookedUp.operation, lookedUp.cardNumber], ['lookup_card', cardNumber]);
  assert.deepEqual([fetched.operation, fetched.orderId], ['fetch_order', 'ABC1']);
  assert.deepEqual([offline.vendor, last.account, last.vendor], ['offline', 'second', 'wechat']);
  for (const value of Object.values(PERSON)) assert.ok(!inspect(client.calls).includes(value));
});

test('what the library refuses takes no answer', async () => {
  const client = new ScriptedClient([verification({ outcome: 'match' })]);
  for (const [call, argument] of [
    [() => client.recognize(new Uint8Array(9)), 'image'],
    [() => client.recognize('nowhere.jpg'), 'image'],
    [() => client.recognize(photo, { orderId: 'a b' }), 'orderId'],
    [() => client.recognize(photo, { vendors: ['nobody'] }), 'vendors'],
    [() => client.verify({ ...PERSON, cardNumber: '62220200000000O0000' }), 'cardNumber'],
    [() => client.fetchOrder('!'), 'orderId'],
  ]) {
    await assert.rejects(call, { kind: 'invalid_argument', argument });
  }
  await assert.rejects(client.verify(PERSON, { vendors: ['wechat'] }), { kind: 'unsupported' });
  await assert.rejects(client.verify(PERSON, { nothing: 1 }), TypeError);
  await assert.rejects(client.verify(null), TypeError);
  await assert.rejects(client.orders(), { kind: 'invalid_config' });
  assert.throws(() => client.verifyMany([PERSON], { concurrency: 0 }), { kind: 'invalid_argument' });
  assert.throws(() => client.recognizeMany(1), TypeError);
  assert.deepEqual([client.calls, client.remaining], [[], 1]);
  client.close();
  await assert.rejects(client.verify(PERSON), { kind: 'closed' });
});

test('a call without an answer fails the test', async () => {
  const client = new ScriptedClient([recognition({ cardNumber })]);
  await assert.rejects(client.verify(PERSON), new ScriptError('call 1, verify, has no answer: the next one is of recognize'));
  assert.equal(client.remaining, 1);
  const ended = new ScriptedClient([]).verify(PERSON);
  await assert.rejects(ended, new ScriptError('call 1, verify, has no answer: the script is at its end'));
});

test('calls under way take answers in the order in which they began', async () => {
  const client = new ScriptedClient([
    recognition({ cardNumber, issuer: '一' }), recognition({ cardNumber, issuer: '二' }), verification({ outcome: 'match' }),
  ]);
  let read;
  const late = new Response(new ReadableStream({
    start(body) {
      read = () => {
        body.enqueue(photo);
        body.close();
      };
    },
  }));
  const calls = [client.recognize(late), client.recognize(new Uint8Array(9)), client.recognize(photo), client.verify(PERSON)];
  read();
  const [first, refused, second, verified] = await Promise.allSettled(calls);
  assert.deepEqual([first.value.issuer, second.value.issuer, verified.value.outcome], ['一', '二', 'match']);
  assert.equal(refused.reason.kind, 'invalid_argument');
  assert.deepEqual(client.calls.map(({ operation }) => operation), ['recognize', 'recognize', 'verify']);
});

test('a batch has its answers in the order of its inputs', async () => {
  const refused = error('card_not_found', { billed: 'yes' });
  const answers = [recognition({ cardNumber, issuer: '一' }), refused, recognition({ cardNumber, issuer: '二' })];
  const client = new ScriptedClient(answers);
  const images = [photo, new Uint8Array(9), { input: photo, reference: 'second' }, 1, photo];
  const items = [];
  for await (const item of client.recognizeMany(images, { vendors: ['tencent_ocr'], concurrency: 8 })) items[item.index] = item;
  assert.deepEqual([items[0].result.issuer, items[2].error.billed, items[4].result.issuer], ['一', 'yes', '二']);
  assert.deepEqual([items[1].error.kind, items[3].error.name], ['invalid_argument', 'TypeError']);
  assert.deepEqual(client.calls.map(({ reference }) => reference ?? null), [null, 'second', null]);
  async function* people() {
    yield PERSON;
    yield PERSON;
  }
  const batch = new ScriptedClient([verification({ outcome: 'match' })]).verifyMany(people());
  assert.equal((await batch.next()).value.result.outcome, 'match');
  await assert.rejects(batch.next(), ScriptError);
});

const sandbox = useSandbox(hooks);

test('a client reads a photo, and the ledger says so', async () => {
  const client = new Client(sandbox.config);
  const card = await client.recognize(await sandbox.cardPhoto({ number: '6259650000000007', kind: 'credit' }), {
    vendors: ['tencent_ocr'],
  });
  assert.deepEqual([card.cardNumber, card.cardKind], ['6259650000000007', 'credit']);
  const [entry] = await sandbox.ledger('tencent_ocr');
  assert.deepEqual([entry.operation, entry.executed, entry.billed], ['recognize', true, true]);
  assert.deepEqual([await sandbox.billed(), (await sandbox.counts('tencent_ocr')).billed], [1, 1]);
});

test('each test has the sandbox as new, and scripts it', async () => {
  assert.deepEqual(await sandbox.ledger(), []);
  const config = sandbox.configFor(['aliyun_bankocr'], { retry: { attempts: 1 }, timeout_ms: 300 });
  const client = new Client(config);
  const card = await sandbox.cardPhoto();
  await sandbox.script('aliyun_bankocr', { code: '-5' });
  await assert.rejects(client.recognize(card), { vendorCode: '-5' });
  await sandbox.script('aliyun_bankocr', { fault: { kind: 'delay_ms', n: 2000 } });
  await assert.rejects(client.recognize(card), { kind: 'timeout', billed: 'unknown' });
  await sandbox.script('aliyun_bankocr', { operation: 'connect', fault: 'reset_on_accept', times: 9 });
  await assert.rejects(client.recognize(card), CardwireError);
});

test('what the sandbox does not have is refused', async () => {
  const refusal = { name: 'SandboxError' };
  assert.throws(() => sandbox.configFor(['nobody']), refusal);
  await assert.rejects(sandbox.counts('nobody'), refusal);
  await assert.rejects(sandbox.cardPhoto({ nunber: '1' }), { ...refusal, message: 'a marker has no "nunber"' });
  await assert.rejects(sandbox.script('nobody', { code: '1' }), refusal);
  assert.equal((await sandbox.settings({ wechat_daily_quota: 3 })).wechat_daily_quota, 3);
});

test('a sandbox of one\'s own is started and stopped', async () => {
  const own = await startSandbox('--settings', '{"wechat_daily_quota": 7}');
  assert.equal((await own.settings()).wechat_daily_quota, 7);
  await (own[Symbol.asyncDispose] ? own[Symbol.asyncDispose]() : own.stop());
  await assert.rejects(own.counts(), { name: 'SandboxError', message: 'the sandbox is not running' });
  await assert.rejects(startSandbox('--nothing'), { name: 'SandboxError' });
  assert.throws(() => useSandbox({}), TypeError);
});

test('a program that is no sandbox is ended', { skip: process.platform === 'win32' }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
  const before = process.env.CARDWIRE_SANDBOX;
  t.after(() => {
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env.CARDWIRE_SANDBOX;
    else process.env.CARDWIRE_SANDBOX = before;
  });
  const file = path.join(folder, 'program');
  const pid = path.join(folder, 'pid');
  process.env.CARDWIRE_SANDBOX = file;
  await assert.rejects(startSandbox(), { name: 'SandboxError', message: /did not start: spawn .*ENOENT/ });
  for (const [program, refusal] of [
    ['exit 3', /did not start: its options were refused/],
    ['echo hello; echo admin http://127.0.0.1:1; exec sleep 60', /did not start: its first line is no JSON/],
    ['echo {}; echo hello; exec sleep 60', /did not start: it printed no address/],
  ]) {
    writeFileSync(file, `#!/bin/sh\necho $$ >${pid}\n${program}\n`, { mode: 0o700 });
    await assert.rejects(startSandbox(), { name: 'SandboxError', message: refusal });
    const number = Number(readFileSync(pid, 'utf8'));
    // It is gone once Node has seen its end.
    for (;;) {
      try {
        process.kill(number, 0);
      } catch {
        break;
      }
      await new Promise(setImmediate);
    }
  }
});

test('the types declare what the package has', () => {
  const types = readFileSync(path.join(__dirname, '..', 'testing.d.ts'), 'utf8');
  const declared = [...types.matchAll(/^export (?:declare )?(?:function|class) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual([...new Set(declared)].sort(), Object.keys(testing).sort());
});
