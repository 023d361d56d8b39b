'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { after, afterEach, before, beforeEach, test } = require('node:test');
const { pathToFileURL } = require('node:url');
const { inspect } = require('node:util');
const { Client, checkCardNumber, checkIdNumber, checkImage } = require('cardwire');
const { PERSON, PHOTO, marked, start } = require('./support/sandbox.js');

let sandbox;
let client;
const photo = readFileSync(PHOTO);

before(async () => {
  sandbox = await start();
});
// A reset kills every token, so each test has a client that holds none.
beforeEach(async () => {
  await sandbox.reset();
  client = new Client(sandbox.config);
});
afterEach(() => client.close());
after(() => sandbox.stop());

function isPersonal(text) {
  return text.includes(PERSON.cardNumber) || text.includes(PERSON.idNumber) || text.includes(PERSON.name);
}

test('recognize gives what is on the card, and the facts of the call', async () => {
  const card = await client.recognize(photo, { vendor: 'tencent_kyc', orderId: 'node0001', userId: 'u1' });
  assert.equal(card.cardNumber, PERSON.cardNumber);
  assert.equal(card.maskedCardNumber, '622202*********0000');
  assert.equal(card.validThru.year, 2030);
  assert.equal(card.validThru.month, 12);
  assert.ok(Buffer.isBuffer(card.numberPhoto));
  assert.deepEqual([...card.numberPhoto.subarray(0, 2)], [0xff, 0xd8]);
  assert.equal(card.vendor, 'tencent_kyc');
  assert.equal(card.account, 'tencent_kyc');
  assert.equal(card.orderId, 'node0001');
  assert.equal(card.sent, 'yes');
  assert.equal(card.billed, 'yes');
  assert.equal(card.attempts.length, 1);
  assert.equal(card.attempts[0].outcome, 'ok');
  assert.equal(typeof card.attempts[0].milliseconds, 'number');
  assert.equal(card.raw.code, '0');
  assert.deepEqual(JSON.parse(card.rawBytes.toString()), card.raw);
  const [entry] = (await sandbox.ledger()).filter(({ operation }) => operation === 'recognize');
  assert.equal(entry.order_no, 'node0001');
  assert.equal(entry.billed, true);
});

test('every form of image is taken', async () => {
  const own = new Uint8Array(photo);
  const padded = new Uint8Array(photo.length + 20);
  padded.set(photo, 9);
  const shared = new Uint8Array(new SharedArrayBuffer(photo.length));
  shared.set(photo);
  const forms = {
    Buffer: photo,
    Uint8Array: own,
    view: padded.subarray(9, 9 + photo.length),
    ArrayBuffer: own.buffer,
    shared,
    path: PHOTO,
    file: pathToFileURL(PHOTO),
    address: new URL('https://cards.example/front.jpg'),
  };
  for (const [form, image] of Object.entries(forms)) {
    const card = await client.recognize(image, { vendor: 'aliyun_bankocr' });
    assert.equal(card.cardNumber, PERSON.cardNumber, form);
    assert.deepEqual([card.issuer, card.cardKind], ['中国工商银行', 'debit'], form);
  }
});

test('a buffer may be changed as soon as recognize returned its promise', async () => {
  const reused = Buffer.from(photo);
  const call = client.recognize(reused, { vendor: 'wechat' });
  reused.fill(0);
  assert.equal((await call).cardNumber, PERSON.cardNumber);
});

test('the vendors of the options are asked in their order', async () => {
  const options = { vendors: ['tencent_faceid', 'wechat', 'tencent_kyc'] };
  assert.equal((await client.recognize(photo, options)).vendor, 'wechat');
  const address = new URL('https://cards.example/front.jpg');
  const other = await client.recognize(address, { vendors: ['tencent_kyc', 'aliyun_bankocr'] });
  assert.equal(other.vendor, 'aliyun_bankocr');
});

test('warnings and clarity of a poor photo', async () => {
  const poor = marked(photo, { clarity: 41, warnings: ['-9110'] });
  const card = await client.recognize(poor, { vendor: 'tencent_kyc' });
  assert.equal(card.clarity, 41);
  assert.equal(card.warnings.length, 1);
  assert.equal(card.warnings[0].code, '-9110');
  assert.equal(typeof card.warnings[0].kind, 'string');
});

test('verify with two, three and four elements', async () => {
  const { cardNumber, name, idNumber } = PERSON;
  for (const cardholder of [{ cardNumber, name }, { cardNumber, name, idNumber }, PERSON]) {
    const verified = await client.verify(cardholder, { vendor: 'tencent_faceid' });
    assert.equal(verified.outcome, 'match');
    assert.equal(verified.reason, null);
    assert.equal(verified.vendorCode, '0');
    assert.equal(verified.billed, 'yes');
    assert.equal(typeof verified.description, 'string');
  }
  const actions = (await sandbox.ledger()).map(({ action }) => action);
  assert.deepEqual(actions, ['BankCard2EVerification', 'BankCardVerification', 'BankCard4EVerification']);
});

test('a mismatch is a result', async () => {
  for (const vendor of ['tencent_faceid', 'aliyun_yhkr']) {
    const verified = await client.verify({ ...PERSON, name: '李四', phone: undefined }, { vendor });
    assert.equal(verified.outcome, 'mismatch', vendor);
    assert.equal(verified.reason, 'cardholder_mismatch', vendor);
  }
});

test('each of many results has the answer of its own call', async () => {
  await sandbox.settings({ rates: { tencent_faceid: 0 } });
  const { vendors, ...config } = sandbox.configFor(['tencent_faceid']);
  const many = new Client({ ...config, vendors: vendors.map((vendor) => ({ ...vendor, requests_per_second: 1e6 })) });
  const results = await Promise.all(Array.from({ length: 200 }, () => many.verify(PERSON)));
  many.close();
  assert.equal(new Set(results.map(({ requestId }) => requestId)).size, 200);
  const [first, ...others] = results;
  assert.equal(first.rawBytes, first.rawBytes);
  assert.equal(first.rawBytes.buffer.byteLength, first.rawBytes.length);
  first.rawBytes.fill(0);
  for (const { raw, rawBytes, requestId } of others) {
    assert.equal(raw.Response.RequestId, requestId);
    assert.deepEqual(JSON.parse(rawBytes), raw);
  }
});

test('lookupCard tells the issuer', async () => {
  const card = await client.lookupCard('6222 0200 0000 0000 000');
  assert.equal(card.found, true);
  assert.equal(card.reason, null);
  assert.equal(card.cardKind, 'debit');
  assert.equal(card.vendor, 'tencent_faceid');
});

test('fetchOrder gives the images that a vendor keeps', async () => {
  await client.recognize(photo, { vendor: 'tencent_kyc', orderId: 'node0002' });
  const order = await client.fetchOrder('node0002');
  assert.equal(order.cardNumber, PERSON.cardNumber);
  assert.equal(order.maskedCardNumber, '622202*********0000');
  for (const name of ['originalPhoto', 'cardPhoto', 'numberPhoto']) {
    assert.ok(Buffer.isBuffer(order[name]), name);
    assert.ok(order[name].length > 0, name);
  }
});

test('results are frozen all through', async () => {
  'use strict';
  const card = await client.recognize(photo, { vendor: 'tencent_kyc' });
  assert.throws(() => { card.cardNumber = '1'; }, TypeError);
  for (const inner of [card, card.attempts, card.attempts[0], card.validThru, card.warnings]) {
    assert.ok(Object.isFrozen(inner));
  }
});

test('inspect masks, JSON is whole', async () => {
  const recognized = await client.recognize(photo, { vendor: 'tencent_kyc', orderId: 'node0003' });
  const order = await client.fetchOrder('node0003');
  const verified = await client.verify(PERSON, { vendor: 'tencent_faceid' });
  const card = await client.lookupCard(PERSON.cardNumber);
  for (const result of [recognized, order, verified, card]) {
    for (const depth of [0, 2, null]) {
      const shown = inspect({ result }, { depth, showHidden: true, getters: true });
      assert.ok(!isPersonal(shown), shown);
    }
  }
  assert.match(inspect(recognized), /^Recognition \{/);
  assert.match(inspect(recognized), /622202\*{9}0000/);
  assert.match(inspect(recognized), /numberPhoto: \[\d+ bytes\]/);
  const document = JSON.parse(JSON.stringify(recognized));
  assert.equal(document.cardNumber, PERSON.cardNumber);
  assert.deepEqual(Buffer.from(document.numberPhoto, 'base64'), recognized.numberPhoto);
  assert.deepEqual(document.raw, recognized.raw);
  assert.deepEqual(Object.keys(document).sort(), [...Object.keys(recognized), 'raw'].sort());
  assert.ok(!isPersonal(inspect(client, { showHidden: true })));
});

test('onEvent tells what happens, before the promise settles', async () => {
  const events = [];
  const observed = new Client(sandbox.config, { onEvent: (event) => events.push(event) });
  const card = await observed.recognize(photo, { vendor: 'wechat' });
  assert.deepEqual(
    events.map(({ event }) => event),
    ['call_started', 'token_refreshed', 'attempt_started', 'attempt_ended', 'call_ended'],
  );
  const { vendor, operation, orderId, attempt, outcome, sent } = events[3];
  assert.deepEqual(
    { vendor, operation, orderId, attempt, outcome, sent },
    { vendor: 'wechat', operation: 'recognize', orderId: card.orderId, attempt: 1, outcome: 'ok', sent: 'yes' },
  );
  assert.deepEqual(new Set(events.map(({ call }) => call)).size, 1);
  const { level, text, billed, attempts } = events[4];
  assert.deepEqual({ level, billed, attempts }, { level: 'info', billed: 'yes', attempts: 1 });
  assert.match(text, new RegExp(`^call_ended call=${events[4].call} operation=recognize vendor=wechat `));
  assert.ok(!isPersonal(JSON.stringify(events)));
  observed.close();
});

test('onEvent may call the client', async () => {
  let inner;
  const observed = new Client(sandbox.config, {
    onEvent: ({ event, operation }) => {
      if (event === 'attempt_ended' && operation === 'verify') inner = observed.lookupCard(PERSON.cardNumber);
    },
  });
  await observed.verify(PERSON, { vendor: 'tencent_faceid' });
  assert.equal((await inner).found, true);
  observed.close();
});

test('the configuration may be JSON text', async () => {
  const other = new Client(JSON.stringify(sandbox.config));
  assert.equal((await other.verify(PERSON)).outcome, 'match');
  other.close();
});

test('local checks', async () => {
  assert.deepEqual({ ...checkCardNumber(PERSON.cardNumber) }, { wellFormed: true, luhn: true });
  assert.deepEqual({ ...checkCardNumber('6222020000000000001') }, { wellFormed: true, luhn: false });
  assert.deepEqual({ ...checkIdNumber(PERSON.idNumber) }, { wellFormed: true, checksum: true, birthDate: true });
  const check = checkImage(photo);
  assert.equal(check.format, 'jpeg');
  assert.deepEqual([check.width, check.height, check.bytes], [1200, 760, photo.length]);
  assert.deepEqual(
    check.vendors.slice(0, 3).map(({ vendor, error }) => [vendor, error]),
    [['tencent_kyc', null], ['wechat', null], ['aliyun_bankocr', null]],
  );
  assert.ok(check.vendors.every(({ error }) => error === null), JSON.stringify(check.vendors));
  assert.equal(check.look, null);
  const own = Buffer.from(photo);
  const look = checkImage(own, { look: true });
  // What was given is taken over before the promise is.
  own.fill(0);
  assert.deepEqual(await look, { ...check, look: 'readable' });
  assert.deepEqual(checkImage(photo, { look: false }), check);
  await assert.rejects(checkImage(photo.subarray(0, -2000), { look: true }), { kind: 'invalid_argument', argument: 'image' });
  assert.throws(() => checkImage(photo, { looks: true }), TypeError);
  const large = checkImage(Buffer.concat([photo, Buffer.alloc(2 * 1024 * 1024)]));
  const wechat = large.vendors.find(({ vendor }) => vendor === 'wechat');
  assert.equal(wechat.error.kind, 'invalid_argument');
  assert.equal(wechat.error.argument, 'image');
  assert.deepEqual(await sandbox.ledger(), []);
});
