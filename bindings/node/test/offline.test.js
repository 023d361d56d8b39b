'use strict';

// Photos read on this machine, and issuers by the table of prefixes. Nothing is sent.

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const { inspect } = require('node:util');
const { CardwireError, Client } = require('cardwire');
const { PERSON, PHOTO, ROOT, start } = require('./support/sandbox.js');

const CONFIG = { vendors: [{ vendor: 'offline' }] };
const ICBC = { name: '中国工商银行', code: 'ICBC', cardKind: 'debit' };
/**
 * A card in 400 by 250 pixels of 3 bytes behind a header of 54, the lowest row first, without the note to the
 * sandbox.
 */
const BITMAP = readFileSync(path.join(ROOT, 'tests', 'images', 'comm-quasi-credit.bmp')).subarray(0, 300_054);
const NO_CARD = Buffer.from(BITMAP).fill(0, 54);
/** A card whose last digit is the one before again, so that its check digit does not fit. */
const MISPRINTED = Buffer.from(BITMAP);
for (let row = 84; row < 107; row++) {
  const at = 54 + (row * 400 + 326) * 3;
  MISPRINTED.copy(MISPRINTED, at, at - 39, at);
}

let sandbox;
let client;
const scratch = mkdtempSync(path.join(tmpdir(), 'cardwire-'));

before(async () => {
  sandbox = await start();
  client = new Client(CONFIG);
});
beforeEach(() => sandbox.reset());
after(async () => {
  client.close();
  rmSync(scratch, { recursive: true });
  await sandbox.stop();
});

function check(card) {
  assert.equal(card.cardNumber, PERSON.cardNumber);
  assert.ok(card.confidence >= 0.9 && card.confidence <= 1);
  assert.deepEqual([card.issuer, card.issuerSource, card.issuerCode, card.cardKind], ['中国工商银行', 'table', 'ICBC', 'debit']);
  const [upperLeft, upperRight, lowerRight, lowerLeft] = card.corners;
  assert.equal(card.corners.length, 4);
  assert.ok(upperLeft.x < upperRight.x && lowerLeft.x < lowerRight.x);
  assert.ok(upperLeft.y < lowerLeft.y && upperRight.y < lowerRight.y);
  assert.ok(Object.isFrozen(card.corners) && Object.isFrozen(upperLeft));
  assert.deepEqual([card.vendor, card.sent, card.billed, card.rawBytes.length], ['offline', 'no', 'no', 0]);
  assert.deepEqual(card.attempts.map(({ outcome, sent, billed }) => [outcome, sent, billed]), [['ok', 'no', 'no']]);
}

test('a photo is read here', async () => {
  for (const photo of [PHOTO, readFileSync(PHOTO)]) check(await client.recognize(photo));
  const card = await client.recognize(PHOTO);
  assert.ok(!inspect(card, { depth: null, showHidden: true }).includes(PERSON.cardNumber));
  const { confidence, corners, issuerSource } = JSON.parse(JSON.stringify(card));
  assert.deepEqual({ confidence, corners, issuerSource }, { confidence: card.confidence, corners: card.corners, issuerSource: 'table' });
});

test('many photos are read at once', async () => {
  const photos = Array.from({ length: 8 }, (_, index) => (index % 4 === 3 ? NO_CARD : PHOTO));
  const items = [];
  for await (const item of client.recognizeMany(photos, { concurrency: 4 })) items[item.index] = item;
  assert.equal(items.length, 8);
  items.forEach(({ result, error }, index) => {
    if (index % 4 === 3) assert.equal(error.kind, 'card_not_found');
    else check(result);
  });
});

test('a deadline and a signal end a reading', async () => {
  const photo = readFileSync(path.join(ROOT, 'tests', 'images', 'ccb-debit-large.jpg'));
  const ended = async (own, options) => {
    const error = await own.recognize(photo, options).then(() => assert.fail('no error'), (refused) => refused);
    assert.deepEqual([error.sent, error.billed], ['no', 'no']);
    assert.ok(error.attempts.every(({ outcome }) => outcome === error.kind));
    return error.kind;
  };
  assert.equal(await ended(client, { timeoutMs: 20 }), 'timeout');
  const controller = new AbortController();
  const onEvent = ({ event }) => event === 'attempt_started' && controller.abort();
  const observed = new Client(CONFIG, { onEvent });
  assert.equal(await ended(observed, { signal: controller.signal }), 'cancelled');
  check(await observed.recognize(PHOTO));
  observed.close();
});

/** The error of a photo that is not read, which shows no candidate. */
async function refusal(photo) {
  const error = await client.recognize(photo).then(() => assert.fail('no error'), (refused) => refused);
  assert.deepEqual([error.kind, error.sent, error.billed, error.retryable], ['card_not_found', 'no', 'no', false]);
  hides(error);
  return error;
}

function hides(error) {
  const shown = [
    `${error}`,
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: null, showHidden: true, getters: true }),
    inspect({ error, candidates: error.candidates }, { depth: null, showHidden: true }),
    JSON.stringify(process.report.getReport(error)),
  ];
  for (const { cardNumber } of error.candidates) {
    assert.match(cardNumber, /^\d{12,19}$/);
    for (const text of shown) assert.ok(!text.includes(cardNumber));
  }
}

test('a photo without a card is refused for nothing', async () => {
  const error = await refusal(NO_CARD);
  assert.deepEqual([error.vendorCode, error.candidates], ['no_card', []]);
});

test('the numbers that may stand on a card are told, and not shown', async () => {
  const { vendorCode, candidates } = await refusal(MISPRINTED);
  assert.equal(vendorCode, 'not_sure');
  assert.equal(candidates[0].cardNumber, '6222540000000000');
  assert.ok(Object.isFrozen(candidates));
  const confidences = candidates.map(({ confidence }) => confidence);
  assert.ok(confidences.every((confidence) => confidence >= 0 && confidence <= 1));
  assert.deepEqual(confidences, [...confidences].sort((one, other) => other - one));

  const candidate = { cardNumber: PERSON.cardNumber, confidence: 0.5 };
  const made = new CardwireError('x', { kind: 'card_not_found', candidates: [candidate] });
  hides(made);
  assert.equal(made.candidates[0].maskedCardNumber, '622202*********0000');
  assert.equal(inspect(made.candidates[0]), "NumberCandidate { cardNumber: '622202*********0000', confidence: 0.5 }");
  assert.deepEqual(JSON.parse(JSON.stringify(made.candidates)), [candidate]);
});

test('what this machine does not read a vendor does, under the same order number', async () => {
  const config = sandbox.configFor(['tencent_kyc']);
  const failover = { recognize: ['offline', 'tencent_kyc'] };
  const both = new Client({ ...config, vendors: [...CONFIG.vendors, ...config.vendors], failover });
  check(await both.recognize(PHOTO));
  assert.deepEqual(await sandbox.ledger(), []);
  const marker = Buffer.from(`cardwire-card:${JSON.stringify({ number: PERSON.cardNumber })}`);
  const card = await both.recognize(Buffer.concat([MISPRINTED, marker]), { orderId: 'nodeoffline1' });
  both.close();
  assert.deepEqual([card.vendor, card.orderId, card.billed, card.confidence], ['tencent_kyc', 'nodeoffline1', 'yes', null]);
  assert.deepEqual(
    card.attempts.map(({ vendor, outcome, orderId, billed }) => [vendor, outcome, orderId, billed]),
    [
      ['offline', 'card_not_found', 'nodeoffline1', 'no'],
      ['tencent_kyc', 'ok', 'nodeoffline1', 'yes'],
    ],
  );
  assert.equal((await sandbox.ledger()).filter(({ billed }) => billed).length, 1);
});

test('issuers are looked up', () => {
  for (const number of [PERSON.cardNumber, '6222 0200 0000 0000 000']) {
    const issuer = client.lookupIssuer(number);
    assert.deepEqual(issuer, ICBC);
    assert.ok(Object.isFrozen(issuer));
  }
  assert.equal(client.lookupIssuer('1234560000000000'), null);
  const malformed = () => client.lookupIssuer(`${PERSON.cardNumber}x`);
  assert.throws(malformed, ({ kind, argument, message }) => {
    return kind === 'invalid_argument' && argument === 'cardNumber' && !message.includes('62220200000');
  });
  assert.throws(() => client.lookupIssuer(6222020000000000000), { name: 'TypeError', message: /^cardNumber / });
});

test('issuers of one\'s own', () => {
  const file = path.join(scratch, 'issuers.csv');
  const header = 'prefix,card_length,issuer_code,issuer,card_kind,sources\n';
  writeFileSync(file, `${header}622202,19,,示例银行,credit,\n`);
  for (const [built_in, other] of [[true, '中国农业银行'], [false, undefined]]) {
    const own = new Client({ ...CONFIG, issuers: { file, built_in } });
    assert.deepEqual(own.lookupIssuer(PERSON.cardNumber), { name: '示例银行', code: null, cardKind: 'credit' });
    assert.equal(own.lookupIssuer('6228480000000000000')?.name, other);
    own.close();
  }
  writeFileSync(file, `${header}622202,19\n`);
  const wrong = (issuers) => () => new Client({ ...CONFIG, issuers });
  assert.throws(wrong({ file }), { kind: 'invalid_config', message: /^issuers\.file: .*line 2/ });
  assert.throws(wrong({ file: `${file}.none` }), ({ kind, cause }) => kind === 'invalid_config' && cause.code === 'ENOENT');
});
