'use strict';

// The types and the JavaScript layer against core's own lists.

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const cardwire = require('cardwire');
const native = require('../lib/native.js');
const { camelCase } = require('../lib/documents.js');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

const { CardwireError, Client } = cardwire;
const folder = path.join(__dirname, '..');
const types = readFileSync(path.join(folder, 'index.d.ts'), 'utf8');
const contract = JSON.parse(native.contract());

let sandbox;
let client;
const scratch = mkdtempSync(path.join(tmpdir(), 'cardwire-'));

before(async () => {
  sandbox = await start();
  client = new Client(sandbox.config);
});
after(async () => {
  client.close();
  rmSync(scratch, { recursive: true });
  await sandbox.stop();
});

/** The values of a union of strings. */
function union(name) {
  const [, body] = types.match(new RegExp(`export type ${name} =([^;]*);`));
  return [...body.matchAll(/'(\w+)'/g)].map(([, value]) => value);
}

/** The properties that an interface or class declares itself. */
function declared(name) {
  const [, body] = types.match(new RegExp(`(?:interface|class) ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}`));
  return [...body.matchAll(/^ {2}readonly (\w+):/gm)].map(([, property]) => property);
}

test('named values are core\'s, in core\'s order', () => {
  assert.deepEqual(union('Kind'), contract.kinds.map(({ kind }) => kind));
  assert.deepEqual(union('Vendor'), contract.vendors.map(({ vendor }) => vendor));
  assert.deepEqual(union('Operation'), contract.operations);
  assert.deepEqual(union('OrderStatus'), contract.order_statuses);
  assert.deepEqual(union('Outcome'), contract.outcomes);
  assert.deepEqual(union('Reason'), contract.reasons);
  assert.deepEqual(union('LookupReason'), contract.lookup_reasons);
  assert.deepEqual(union('CardKind'), contract.card_kinds);
  assert.deepEqual(union('IssuerSource'), contract.issuer_sources);
  assert.deepEqual(union('WarningKind'), contract.warning_kinds);
  assert.deepEqual(union('ImageFormat'), contract.image_formats);
  assert.deepEqual(union('PhotoLook'), contract.photo_looks);
  assert.deepEqual(union('Sent'), contract.sent);
  assert.deepEqual(union('Billed'), contract.billed);
  assert.deepEqual(union('Level'), contract.levels);
  assert.deepEqual(union('BreakerState'), contract.breaker_states);
  assert.deepEqual(union('BlockScope'), contract.block_scopes);
});

test('every kind has its number, in the table of the types too', () => {
  const table = [...types.matchAll(/^ \* \| `(\w+)` \| (\d+) \|/gm)].map(([, kind, code]) => [kind, Number(code)]);
  assert.deepEqual(table, contract.kinds.map(({ kind, number }) => [kind, number]));
  for (const { kind, number } of contract.kinds) assert.equal(new CardwireError('x', { kind }).code, number);
});

/** The keys of the configuration that an interface declares, with those of what it extends. */
function configKeys(name) {
  const [, extended, body] = types.match(new RegExp(`interface ${name}(?: extends (\\w+))? \\{\\n([^]*?)\\n\\}`));
  const own = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, key]) => key);
  return [...own, ...(extended ? configKeys(extended) : [])];
}

test('the types take every key of the configuration, and no other', () => {
  const declares = {
    '': 'Config',
    retry: 'RetryConfig',
    failover: 'FailoverConfig',
    issuers: 'IssuersConfig',
    'vendors.tencent_faceid.encryption': 'EncryptionConfig',
  };
  // An interface with `vendor` declares the entries of those vendors.
  for (const [, name, body] of types.matchAll(/interface (\w+) extends \w+ \{\n([^]*?)\n\}/g)) {
    const vendors = body.match(/^ {2}vendor: (.+);$/m)?.[1] ?? '';
    for (const [, vendor] of vendors.matchAll(/'(\w+)'/g)) declares[`vendors.${vendor}`] = name;
  }
  // A secret's own keys are those of the type Secret.
  const sections = Object.keys(contract.config_keys).filter((name) => !contract.config_keys[name].includes('env'));
  assert.deepEqual(sections.sort(), Object.keys(declares).sort());
  for (const section of sections) {
    const known = contract.config_keys[section];
    assert.deepEqual(configKeys(declares[section]).sort(), [...known].sort(), section || 'the top');
  }
});

test('every operation of core is a method, those on many included', () => {
  for (const operation of contract.operations) {
    assert.equal(typeof Client.prototype[camelCase(operation)], 'function', operation);
  }
  for (const name of ['recognizeMany', 'verifyMany', 'orders', 'unknownOrders', 'findOrder', 'reconcileOrder', 'exportOrders', 'pruneOrders', 'health', 'close']) {
    assert.equal(typeof Client.prototype[name], 'function', name);
  }
});

test('results have the fields that the types say, and core\'s documents', async () => {
  const facts = declared('CallFacts');
  const recognized = await client.recognize(PHOTO, { vendor: 'tencent_kyc', orderId: 'parity01' });
  const results = {
    Recognition: recognized,
    Order: await client.fetchOrder('parity01'),
    Verification: await client.verify(PERSON),
    CardLookup: await client.lookupCard(PERSON.cardNumber),
  };
  for (const [name, result] of Object.entries(results)) {
    const computed = ['raw', 'rawBytes', 'maskedCardNumber'];
    const own = declared(name).filter((property) => !computed.includes(property));
    assert.deepEqual(Object.keys(result).sort(), [...facts, ...own].sort(), name);
    for (const property of declared(name)) assert.ok(property in result, `${name}.${property}`);
  }
  assert.deepEqual(Object.keys(recognized.attempts[0]).sort(), declared('Attempt').sort());
  assert.deepEqual(Object.keys(recognized.validThru).sort(), declared('ValidThru').sort());
});

test('each field of a record of core is a property of its type, and no other', () => {
  const types = {
    recognition: 'Recognition',
    verification: 'Verification',
    card_lookup: 'CardLookup',
    order: 'Order',
    call_facts: 'CallFacts',
    image_fitted: 'ImageFitted',
    attempt: 'Attempt',
    cause: 'NetworkCause',
    valid_thru: 'ValidThru',
    warning: 'Warning',
    point: 'Point',
    number_candidate: 'NumberCandidate',
    issuer: 'Issuer',
    order_record: 'OrderRecord',
    image_check: 'ImageCheck',
    card_number_check: 'CardNumberCheck',
    id_number_check: 'IdNumberCheck',
    account_health: 'AccountHealth',
    account_block: 'AccountBlock',
    call_started: 'CallStarted',
    call_ended: 'CallEnded',
    attempt_started: 'AttemptStarted',
    attempt_ended: 'AttemptEnded',
    request_refused: 'RequestRefused',
    rate_permit_waited: 'RatePermitWaited',
    quota_unit_taken: 'QuotaUnitTaken',
    breaker_changed: 'BreakerChanged',
    order_written: 'OrderWritten',
    token_refreshed: 'TokenRefreshed',
  };
  const { error, vendor_check: vendorCheck, ...records } = contract.records;
  assert.deepEqual(Object.keys(records).sort(), Object.keys(types).sort());
  const facts = declared('CallFacts');
  for (const [record, type] of Object.entries(types)) {
    const isResult = records[record].some(({ shape }) => shape === 'answer');
    const added = type === 'NetworkCause' ? 'name' : 'maskedCardNumber';
    const own = declared(type).filter((name) => name !== added);
    const wanted = isResult ? [...own, ...facts, 'raw'] : own;
    assert.deepEqual(records[record].map(({ name }) => camelCase(name)).sort(), wanted.sort(), type);
  }
  const told = error.map(({ name }) => camelCase(name)).filter((name) => !['text', 'message', 'number', 'cause'].includes(name));
  assert.deepEqual(told.sort(), [...facts, ...declared('ErrorFacts')].sort());
  assert.deepEqual(vendorCheck.map(({ name }) => name), ['vendor', 'accepted', 'problem']);
});

test('the facts of a call are one object of results and errors', async () => {
  const result = await client.verify(PERSON, { orderId: 'facts01' });
  const error = await client.recognize(Buffer.from('x')).catch((refused) => refused);
  for (const told of [result, error]) {
    assert.deepEqual(Object.keys(told.facts).sort(), declared('CallFacts').sort());
    for (const [name, value] of Object.entries(told.facts)) assert.equal(value, told[name], name);
    assert.ok(Object.isFrozen(told.facts));
  }
  assert.deepEqual([result.facts.orderId, error.facts.sent], ['facts01', 'no']);
});

test('a photo is made to fit', async () => {
  const onItsSide = Buffer.from('ffe1002245786966000049492a0008000000010012010300010000000600000000000000', 'hex');
  const photo = readFileSync(PHOTO);
  const turned = Buffer.concat([photo.subarray(0, 2), onItsSide, photo.subarray(2)]);
  const { imageFitted, facts } = await client.recognize(turned, { vendor: 'wechat' });
  assert.deepEqual(Object.keys(imageFitted).sort(), declared('ImageFitted').sort());
  const { bytesBefore, widthBefore, heightBefore, widthAfter, heightAfter } = imageFitted;
  assert.deepEqual([bytesBefore, widthBefore, heightBefore], [turned.length, 1200, 760]);
  assert.deepEqual([widthAfter, heightAfter], [760, 1200]);
  assert.deepEqual(facts.imageFitted, imageFitted);
  assert.equal((await client.recognize(PHOTO, { vendor: 'wechat' })).imageFitted, null);
});

test('what the gateway and the vendor say of the request', async () => {
  const behind = await client.recognize(PHOTO, { vendor: 'aliyun_bankocr' });
  assert.match(behind.gatewayRequestId, /^[0-9A-Za-z-]{8,}$/);
  assert.equal(behind.transactionTime, null);
  const told = await client.recognize(PHOTO, { vendor: 'tencent_kyc' });
  assert.match(told.transactionTime, /^20\d{12}$/);
  assert.equal(told.transactionTime, told.raw.transactionTime);
  assert.equal(told.gatewayRequestId, null);
  await sandbox.script('aliyun_bankocr', { operation: 'recognize', code: 'B403MQ' });
  const refused = await client.recognize(PHOTO, { vendor: 'aliyun_bankocr' }).catch((error) => error);
  assert.equal(refused.kind, 'quota_exhausted');
  assert.match(refused.gatewayRequestId, /^[0-9A-Za-z-]{8,}$/);
  assert.equal(refused.toJSON().gatewayRequestId, refused.gatewayRequestId);
});

test('errors have the fields that the types and core\'s documents say', async () => {
  const error = await client.recognize(Buffer.from('x')).catch((refused) => refused);
  const own = ['code', ...declared('CallFacts'), ...declared('ErrorFacts')];
  // What shows an error shows its own properties.
  assert.deepEqual(Object.keys(error).sort(), own.filter((name) => name !== 'candidates').sort());
  const { error: document } = JSON.parse(native.checkImage(Buffer.from('x')));
  // Core's document has `order` only where there is one.
  const core = Object.keys(document).filter((key) => key !== 'text').map((key) => camelCase(key === 'number' ? 'code' : key));
  assert.deepEqual(core.sort(), [...own.filter((name) => name !== 'order'), 'message', 'cause'].sort());
});

test('events have the fields that the types say', async () => {
  const seen = {};
  const journal = path.join(scratch, 'parity.journal');
  const observed = new Client({ ...sandbox.config, journal }, { onEvent: (event) => (seen[event.event] = event) });
  await observed.recognize(PHOTO, { vendor: 'wechat' });
  const [order] = await observed.orders();
  assert.deepEqual(Object.keys(order).sort(), declared('OrderRecord').sort());
  observed.close();
  const names = {
    call_started: 'CallStarted',
    call_ended: 'CallEnded',
    attempt_started: 'AttemptStarted',
    attempt_ended: 'AttemptEnded',
    order_written: 'OrderWritten',
    token_refreshed: 'TokenRefreshed',
  };
  for (const [event, name] of Object.entries(names)) {
    assert.deepEqual(Object.keys(seen[event]).sort(), declared(name).sort(), name);
    assert.ok(Object.isFrozen(seen[event]));
  }
});

test('checks have the fields that the types say', () => {
  const checks = {
    CardNumberCheck: cardwire.checkCardNumber(PERSON.cardNumber),
    IdNumberCheck: cardwire.checkIdNumber(PERSON.idNumber),
    ImageCheck: cardwire.checkImage(readFileSync(PHOTO)),
  };
  for (const [name, check] of Object.entries(checks)) {
    assert.deepEqual(Object.keys(check).sort(), declared(name).sort(), name);
    assert.ok(Object.isFrozen(check), name);
  }
});

test('the package has the version of the library', () => {
  const main = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  assert.equal(main.version, contract.version);
  assert.equal(cardwire.version, contract.version);
});
