'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const { inspect } = require('node:util');
const { CardwireError, Client, checkCardNumber, checkIdNumber, checkImage } = require('cardwire');
const { PERSON, PHOTO, marked, start } = require('./support/sandbox.js');

let sandbox;
let client;
const photo = readFileSync(PHOTO);

before(async () => {
  sandbox = await start();
  client = new Client(sandbox.config);
});
beforeEach(() => sandbox.reset());
after(async () => {
  client.close();
  await sandbox.stop();
});

async function failure(promise) {
  const error = await promise.then(() => assert.fail('no error'), (error) => error);
  const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error) + error.stack;
  for (const personal of [PERSON.cardNumber, PERSON.idNumber, PERSON.name, PERSON.phone]) {
    assert.ok(!shown.includes(personal), shown);
  }
  return error;
}

test('a refusal of the vendor has every field', async () => {
  const bad = marked(photo, { answer: '101000' });
  const error = await failure(client.recognize(bad, { vendor: 'wechat', orderId: 'node0100' }));
  assert.ok(error instanceof CardwireError);
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'CardwireError');
  assert.equal(error.kind, 'image_rejected');
  assert.equal(error.code, 20);
  assert.equal(error.vendor, 'wechat');
  assert.equal(error.account, 'wechat');
  assert.equal(error.vendorCode, '101000');
  assert.equal(typeof error.vendorMessage, 'string');
  assert.equal(error.httpStatus, 200);
  assert.equal(error.orderId, 'node0100');
  assert.equal(typeof error.requestId, 'string');
  assert.equal(error.sent, 'yes');
  assert.equal(error.retryable, false);
  assert.equal(error.retryAfterMs, null);
  assert.equal(error.argument, null);
  assert.equal(error.attempts.length, 1);
  assert.equal(error.attempts[0].outcome, 'image_rejected');
  const document = JSON.parse(JSON.stringify(error));
  assert.equal(document.message, error.message);
  const own = Object.keys(error).filter((name) => name !== 'order');
  assert.deepEqual(Object.keys(document).sort(), ['cause', 'message', 'name', ...own].sort());
});

test('rate limits say when to try again', async () => {
  await sandbox.script('wechat', { operation: 'recognize', code: '45011' });
  // A client of its own: the token of the shared one did not survive the reset.
  const fresh = new Client(sandbox.config);
  const error = await failure(fresh.recognize(photo, { vendor: 'wechat' }));
  fresh.close();
  assert.equal(error.kind, 'rate_limited');
  assert.equal(error.code, 13);
  assert.equal(error.billed, 'no');
  assert.equal(error.retryable, true);
  assert.ok(error.retryAfterMs > 0);
});

test('an unanswered call says that it may have been executed', async () => {
  const fault = { kind: 'close_after_read' };
  await sandbox.script('tencent_faceid', { operation: 'verify', fault });
  const error = await failure(client.verify(PERSON, { vendor: 'tencent_faceid' }));
  assert.equal(error.kind, 'network');
  assert.equal(error.sent, 'unknown');
  assert.equal(error.billed, 'unknown');
  assert.equal(error.retryable, false);
});

test('a deadline passes', async () => {
  await sandbox.settings({ latency_ms: 2000 });
  const before = Date.now();
  const error = await failure(client.verify(PERSON, { vendor: 'tencent_faceid', timeoutMs: 100 }));
  assert.equal(error.kind, 'timeout');
  assert.equal(error.code, 32);
  assert.ok(Date.now() - before < 1000);
});

test('a closed client', async () => {
  const other = new Client(sandbox.config);
  other.close();
  other.close();
  const error = await failure(other.verify(PERSON));
  assert.equal(error.kind, 'closed');
  assert.equal(error.code, 41);
});

test('close ends calls in flight with cancelled', async () => {
  await sandbox.settings({ latency_ms: 2000 });
  const other = new Client(sandbox.config);
  const calls = Array.from({ length: 20 }, () => failure(other.verify(PERSON)));
  await new Promise((resolve) => setTimeout(resolve, 50));
  other[Symbol.dispose]();
  for (const error of await Promise.all(calls)) assert.equal(error.kind, 'cancelled');
});

test('what JSON has not is no part of a configuration', () => {
  const [account] = sandbox.config.vendors;
  const circular = { attempts: 2 };
  circular.again = { circular };
  const wrong = [
    [{ retry: { attempts: NaN } }, 'retry.attempts', 'NaN'],
    [{ retry: { attempts: -Infinity } }, 'retry.attempts', '-Infinity'],
    [{ retry: { attempts: Object(NaN) } }, 'retry.attempts', 'NaN'],
    [{ vendors: [account, { ...account, daily_quota: Infinity }] }, 'vendors[1].daily_quota', 'Infinity'],
    [{ timeout_ms: 5n }, 'timeout_ms', 'a value of type bigint'],
    [{ journal: () => 'orders.db' }, 'journal', 'a value of type function'],
    [{ failover: { recognize: [Symbol('wechat')] } }, 'failover.recognize[0]', 'a value of type symbol'],
    [{ failover: { recognize: [undefined] } }, 'failover.recognize[0]', 'undefined'],
    [{ retry: new Map([['attempts', 1]]) }, 'retry', 'an object of Map'],
    [{ retry: Promise.resolve({ attempts: 1 }) }, 'retry', 'an object of Promise'],
    [{ retry: circular }, 'retry.again.circular', 'a part that contains itself'],
    [{ toJSON: () => undefined }, 'configuration', 'undefined'],
    [{ [PERSON.cardNumber]: NaN }, '***', 'NaN'],
    [{ retry: { [`of\n${PERSON.idNumber}`]: NaN } }, 'retry.of\ufffd***', 'NaN'],
    [{ ['long'.repeat(1000)]: NaN }, `${'long'.repeat(50)}…`, 'NaN'],
  ];
  for (const [part, path, found] of wrong) {
    const message = `${path}: expected a JSON value, found ${found}`;
    assert.throws(() => new Client({ ...sandbox.config, ...part }), { kind: 'invalid_config', code: 2, message });
  }
  class Retry {
    attempts = 1;
    base_ms = undefined;
  }
  const retry = new Retry();
  const vendors = sandbox.config.vendors.map((entry) => Object.assign(Object.create(null), entry));
  new Client({ ...sandbox.config, vendors, retry, journal: undefined }).close();
  new Client({ toJSON: () => sandbox.config }).close();
});

test('an unknown property is named without a number', async () => {
  const { cardNumber } = PERSON;
  const calls = [
    () => client.verify({ [cardNumber]: 1 }),
    () => client.verify(PERSON, { [cardNumber]: 1 }),
    async () => new Client(sandbox.config, { providers: { [cardNumber]: 1 } }),
  ];
  for (const call of calls) {
    await assert.rejects(call, ({ name, message }) => name === 'TypeError' && message.includes('***') && !message.includes(cardNumber));
  }
});

test('a configuration that is wrong names the key', () => {
  const [account] = sandbox.config.vendors;
  const wrong = [
    [{ vendors: [{ ...account, ap_id: 'x' }] }, /vendors\[0\]\.ap_id.*app_id/],
    [{ ...sandbox.config, timeout: 5 }, /^timeout: .*timeout_ms/],
    [{ vendors: [] }, /^vendors: /],
    [[], /./],
    ['{"vendors": ', /expected a JSON document/],
    [JSON.parse('{"vendors": [], "__proto__": {"vendors": []}}'), /__proto__/],
  ];
  for (const [config, message] of wrong) {
    assert.throws(() => new Client(config), { name: 'CardwireError', kind: 'invalid_config', code: 2, message });
  }
  for (const config of [undefined, null, 5, true, () => {}, 5n, Buffer.from('{}')]) {
    assert.throws(() => new Client(config), { name: 'TypeError', message: /^config / });
  }
  assert.throws(() => new Client(sandbox.config, { onEvents: () => {} }), { name: 'TypeError', message: /onEvents/ });
  assert.throws(() => new Client(sandbox.config, { onEvent: 5 }), { name: 'TypeError', message: /onEvent/ });
  assert.throws(() => new Client(sandbox.config, null), TypeError);
  assert.throws(() => Client(sandbox.config), TypeError);
});

// A number cannot hold 19 digits.
test('a wrong type is a TypeError that names the argument and not the value', async () => {
  const typed = [
    [() => client.lookupCard(6222020000000000000), 'cardNumber'],
    [() => client.lookupCard(6222020000000000000n), 'cardNumber'],
    [() => client.lookupCard(new String(PERSON.cardNumber)), 'cardNumber'],
    [() => client.verify({ ...PERSON, cardNumber: 6222020000000000000 }), 'cardNumber'],
    [() => client.verify({ ...PERSON, name: null }), 'name'],
    [() => client.verify({ ...PERSON, idNumber: 110101190001010014 }), 'idNumber'],
    [() => client.verify({ ...PERSON, phone: 13800000000 }), 'phone'],
    [() => client.verify({ ...PERSON, idNo: 'x' }), 'idNo'],
    [() => client.verify(), 'cardholder'],
    [() => client.verify(null), 'cardholder'],
    [() => client.verify(PERSON.cardNumber), 'cardholder'],
    [() => client.fetchOrder(5), 'orderId'],
    [() => client.recognize(), 'image'],
    [() => client.recognize(null), 'image'],
    [() => client.recognize(5), 'image'],
    [() => client.recognize({}), 'image'],
    [() => client.recognize([...photo]), 'image'],
    [() => client.recognize(new Uint16Array(8)), 'image'],
    [() => client.recognize(new SharedArrayBuffer(8)), 'image'],
    [() => client.recognize(photo, 5), 'options'],
    [() => client.recognize(photo, null), 'options'],
    [() => client.recognize(photo, { timeout: 5 }), 'timeout'],
    [() => client.recognize(photo, { timeoutMs: '5' }), 'timeoutMs'],
    [() => client.recognize(photo, { vendor: 5 }), 'vendor'],
    [() => client.recognize(photo, { vendors: 'wechat' }), 'vendors'],
    [() => client.recognize(photo, { vendors: [5] }), 'vendors'],
    [() => client.recognize(photo, { vendor: 'wechat', vendors: ['wechat'] }), 'vendor'],
    [() => client.recognize(photo, { orderId: 5 }), 'orderId'],
    [() => client.recognize(photo, { userId: 5 }), 'userId'],
    [() => client.recognize(photo, { signal: {} }), 'signal'],
    [async () => checkCardNumber(6222020000000000000), 'cardNumber'],
    [async () => checkIdNumber(110101190001010014), 'idNumber'],
    [async () => checkImage(PHOTO), 'image'],
    [async () => client.recognizeMany('card.jpg'), 'images'],
    [async () => client.recognizeMany(photo), 'images'],
    [async () => client.recognizeMany(5), 'images'],
    [async () => client.verifyMany(PERSON), 'cardholders'],
    [async () => client.verifyMany([], { concurrency: '5' }), 'concurrency'],
    [async () => client.verifyMany([], { orderId: 'x' }), 'orderId'],
  ];
  for (const [call, name] of typed) {
    const error = await failure(call());
    assert.ok(error instanceof TypeError, `${call}: ${error}`);
    assert.match(error.message, new RegExp(`\\b${name}\\b`), `${call}`);
  }
  assert.deepEqual(await sandbox.ledger(), []);
});

test('a wrong value is invalid_argument, by its name in JavaScript, and nothing is sent', async () => {
  const gif = Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00', 'latin1');
  const wrong = [
    [() => client.recognize(Buffer.alloc(0)), 'image'],
    [() => client.recognize(gif), 'image'],
    [() => client.recognize(photo.subarray(0, 3)), 'image'],
    [() => client.recognize(path.join(__dirname, 'no-such-file.jpg')), 'image'],
    [() => client.recognize(__dirname), 'image'],
    [() => client.recognize('https://cards.example/front.jpg'), 'image'],
    [() => client.recognize('card\0.jpg'), 'image'],
    [() => client.recognize('\ud800.jpg'), 'image'],
    [() => client.recognize(new URL('gopher://cards.example/1')), 'image'],
    [() => client.recognize(photo, { orderId: '' }), 'orderId'],
    [() => client.recognize(photo, { orderId: 'x'.repeat(33) }), 'orderId'],
    [() => client.recognize(photo, { orderId: '../x' }), 'orderId'],
    [() => client.recognize(photo, { orderId: 'a\0b' }), 'orderId'],
    [() => client.recognize(photo, { userId: '张' }), 'userId'],
    [() => client.recognize(photo, { vendor: 'unknown' }), 'vendors'],
    [() => client.recognize(photo, { vendors: [] }), 'vendors'],
    [() => client.recognize(photo, { timeoutMs: 0 }), 'timeoutMs'],
    [() => client.recognize(photo, { timeoutMs: -1 }), 'timeoutMs'],
    [() => client.recognize(photo, { timeoutMs: NaN }), 'timeoutMs'],
    [() => client.recognize(photo, { timeoutMs: Infinity }), 'timeoutMs'],
    [() => client.recognize(photo, { timeoutMs: 24 * 60 * 60 * 1000 + 1 }), 'timeoutMs'],
    [() => client.verify({ ...PERSON, cardNumber: '' }), 'cardNumber'],
    [() => client.verify({ ...PERSON, cardNumber: '62220200000' }), 'cardNumber'],
    [() => client.verify({ ...PERSON, cardNumber: '6222⓪20000000000000' }), 'cardNumber'],
    [() => client.verify({ ...PERSON, cardNumber: '1'.repeat(1_000_000) }), 'cardNumber'],
    [() => client.verify({ ...PERSON, name: ' ' }), 'name'],
    [() => client.verify({ ...PERSON, name: 'a\nb' }), 'name'],
    [() => client.verify({ ...PERSON, name: '张\udc00' }), 'name'],
    [() => client.verify({ cardNumber: PERSON.cardNumber, name: PERSON.name, idNumber: 'x\r\ny' }), 'idNumber'],
    [() => client.lookupCard('6222020000000000x'), 'cardNumber'],
    [() => client.fetchOrder(''), 'orderId'],
    [async () => client.verifyMany([], { concurrency: 0 }), 'concurrency'],
    [async () => client.verifyMany([], { concurrency: 1.5 }), 'concurrency'],
    [async () => client.verifyMany([], { concurrency: NaN }), 'concurrency'],
    [async () => checkImage(gif), 'image'],
  ];
  for (const [call, name] of wrong) {
    const error = await failure(call());
    assert.ok(error instanceof CardwireError, `${call}: ${error}`);
    assert.deepEqual([error.kind, error.argument], ['invalid_argument', name], `${call}: ${error}`);
    assert.ok(error.message.startsWith(`${name}:`), error.message);
    assert.deepEqual([error.sent, error.billed], ['no', 'no']);
  }
  assert.deepEqual(await sandbox.ledger(), []);
});

test('a detached buffer is an empty one', async () => {
  const bytes = new Uint8Array(photo);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.equal((await failure(client.recognize(bytes))).argument, 'image');
  assert.equal((await failure(client.recognize(bytes.buffer))).argument, 'image');
});

test('what a getter or a proxy throws comes out as it is', async () => {
  const thrown = new RangeError('mine');
  const throwing = { get timeoutMs() { throw thrown; } };
  const proxy = new Proxy({}, { ownKeys() { throw thrown; } });
  const cardholder = { ...PERSON };
  Object.defineProperty(cardholder, 'name', { enumerable: true, get() { throw thrown; } });
  assert.equal(await failure(client.recognize(photo, throwing)), thrown);
  assert.equal(await failure(client.recognize(photo, proxy)), thrown);
  assert.equal(await failure(client.verify(cardholder)), thrown);
  const config = { get vendors() { throw thrown; } };
  assert.throws(() => new Client(config), thrown);
  const polluted = JSON.parse('{"__proto__": {"vendor": "wechat"}}');
  assert.ok((await failure(client.recognize(photo, polluted))) instanceof TypeError);
});

test('an unhandled rejection prints no personal datum', () => {
  const program = `
    const { Client } = require(${JSON.stringify(path.join(__dirname, '..'))});
    const client = new Client(process.argv[1]);
    client.verify({ cardNumber: '${PERSON.cardNumber}', name: '${PERSON.name}\\n', idNumber: '${PERSON.idNumber}x' });
    client.lookupCard('${PERSON.cardNumber}x');
  `;
  const run = () => execFileSync(process.execPath, ['-e', program, JSON.stringify(sandbox.config)], { stdio: 'pipe' });
  assert.throws(run, ({ status, stderr }) => {
    const text = stderr.toString();
    assert.equal(status, 1);
    assert.match(text, /CardwireError: /);
    // Node prints no source line of `-e` programs here, only the error.
    for (const personal of [PERSON.cardNumber, PERSON.idNumber, PERSON.name]) assert.ok(!text.includes(personal), text);
    return true;
  });
});

test('an answer that cannot be read ends its call, and no other', { timeout: 20_000 }, async (context) => {
  const { Library } = require('../lib/native.js');
  const broken = new Error('no such piece');
  context.mock.method(Library.prototype, 'piece', () => {
    throw broken;
  });
  // An answer with photos is in pieces, a short one is not.
  const [error, verified] = await Promise.all([
    client.recognize(photo, { vendor: 'tencent_kyc' }).catch((refused) => refused),
    client.verify(PERSON, { vendor: 'tencent_faceid' }),
  ]);
  assert.ok(error instanceof CardwireError);
  assert.deepEqual([error.kind, error.sent, error.billed, error.cause], ['internal', 'unknown', 'unknown', broken]);
  assert.equal(verified.outcome, 'match');
});

test('an error can be made for tests of code that handles it', () => {
  const cause = new Error('why');
  const error = new CardwireError('busy', { kind: 'vendor_unavailable', vendor: 'wechat', retryable: true }, { cause });
  assert.deepEqual([error.code, error.vendor, error.retryable, error.cause], [30, 'wechat', true, cause]);
  assert.equal(new CardwireError('x').kind, 'internal');
  assert.throws(() => new CardwireError('x', { kind: 'no_such_kind' }), TypeError);
});

/** The error of a call, with its cause; a photo is recognized, else a cardholder verified. */
async function broken(config, { image, attempts = 1, ...options } = {}) {
  const unreached = new Client({ ...config, retry: { attempts, base_ms: 1 } });
  const { cardNumber, name, idNumber } = PERSON;
  const call = image ? unreached.recognize(image, options) : unreached.verify({ cardNumber, name, idNumber }, options);
  const error = await failure(call);
  unreached.close();
  assert.ok(error.cause instanceof Error);
  assert.ok(error.message.endsWith(error.cause.message), error.message);
  assert.deepEqual(JSON.parse(JSON.stringify(error)).cause, JSON.parse(JSON.stringify(error.cause)));
  return error;
}

const to = (url) => ({
  vendors: [{ vendor: 'aliyun_yhkr', app_code: 'code', base_url: url, allow_insecure_http: true }],
});

test('a cause is the step of the network, with the properties of the errors of Node', async () => {
  const { kind, cause: refused } = await broken(to('http://127.0.0.1:1'));
  assert.deepEqual([kind, refused.step, refused.host, refused.port], ['network', 'connect', '127.0.0.1', 1]);
  assert.equal(refused.code, 'ECONNREFUSED');
  assert.match(refused.reason, /refused/);
  // The address of everybody in a network, to which no system makes a connection.
  const { cause: unreachable } = await broken(to('http://255.255.255.255:9'));
  assert.deepEqual([unreachable.step, unreachable.code], ['connect', 'ENETUNREACH']);
  const { cause: unresolved } = await broken(to(`https://${'x'.repeat(64)}.invalid`));
  assert.deepEqual([unresolved.step, unresolved.code, unresolved.port], ['resolve', 'ENOTFOUND', 443]);
});

test('the refusal of a proxy is a cause, and not repeated', async () => {
  const asked = [];
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address();
  const through = { proxy: `http://someone:not-a-secret-word@127.0.0.1:${port}` };
  const error = await broken({ ...to('https://vendor.example'), ...through }, { attempts: 3 });
  proxy.close();
  assert.deepEqual(asked, ['vendor.example:443']);
  const { step, port: where, reason, code } = error.cause;
  assert.deepEqual([error.kind, error.sent, step, where, code], ['network', 'no', 'proxy', port, undefined]);
  assert.equal(reason, 'status 407: the user and password in "proxy" are refused');
  assert.doesNotMatch(inspect(error, { depth: null }) + JSON.stringify(error), /someone|not-a-secret-word/);
});

test('what is wrong with a certificate is a cause', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [certificate, reason] of [
    ['good', 'no authority that this machine trusts signed it; name your own in ca_file'],
    ['wrong_host', 'it is for another name'],
    ['expired', 'it has expired'],
  ]) {
    const secure = await start('--tls', folder, '--certificate', certificate);
    const config = secure.configFor(['aliyun_yhkr']);
    // Without the file the authority is a stranger.
    if (certificate === 'good') delete config.ca_file;
    const { kind, cause } = await broken(config);
    await secure.stop();
    assert.deepEqual([kind, cause.step], ['network', 'tls']);
    assert.equal(cause.reason, `the certificate is refused: ${reason}`);
  }
});

test('a connection that breaks is a cause', async () => {
  const faulty = async (vendor, kind, options) => {
    await sandbox.script(vendor, { fault: { kind } });
    const error = await broken(sandbox.configFor([vendor]), options);
    return [error.kind, error.sent, error.cause.step, error.cause.code];
  };
  // More than the system takes before the vendor reads.
  const image = Buffer.concat([photo, Buffer.alloc(8 * 1024 * 1024)]);
  const [kind, sent, step, code] = await faulty('aliyun_ocr', 'reset_after_headers', { image });
  assert.deepEqual([kind, sent, step], ['network', 'no', 'send']);
  assert.match(code, /^(ECONNRESET|EPIPE)$/);
  const reset = await faulty('aliyun_yhkr', 'reset_after_read');
  assert.deepEqual(reset, ['network', 'unknown', 'receive', 'ECONNRESET']);
  const closed = await faulty('aliyun_yhkr', 'close_after_read');
  assert.deepEqual(closed, ['network', 'unknown', 'receive', undefined]);
  const late = await faulty('aliyun_yhkr', 'never_answer', { timeoutMs: 1000 });
  assert.deepEqual(late, ['timeout', 'unknown', 'receive', undefined]);
});
