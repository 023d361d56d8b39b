'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { after, before, beforeEach, test } = require('node:test');
const { inspect } = require('node:util');
const { Client } = require('cardwire');
const { PHOTO, start } = require('./support/sandbox.js');

let sandbox;
const photo = readFileSync(PHOTO);

before(async () => {
  sandbox = await start();
});
beforeEach(() => sandbox.reset());
after(() => sandbox.stop());

/** A configuration for one account whose keys come from the provider `tokens`; and their values. */
async function provided(account, ...keys) {
  const { [account]: given } = await sandbox.accounts();
  const right = Object.fromEntries(keys.map((key) => [key, given[key]]));
  const asked = Object.fromEntries(keys.map((key) => [key, { provider: 'tokens' }]));
  return { config: { ...sandbox.config, vendors: [{ ...given, ...asked }] }, right };
}

test('a provider is asked once for many calls, and again after a refusal', async () => {
  const { config, right } = await provided('aliyun_bankocr', 'app_code');
  const asked = [];
  const tokens = async (ask) => {
    asked.push(ask);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return asked.length > 1 ? right.app_code : '0'.repeat(32);
  };
  const client = new Client(config, { providers: { tokens } });
  const card = await client.recognize(photo);
  assert.deepEqual([card.billed, card.attempts.length], ['yes', 2]);
  const cards = await Promise.all(Array.from({ length: 10 }, () => client.recognize(photo)));
  assert.ok(cards.every((one) => one.attempts.length === 1));
  assert.deepEqual(asked.map((ask) => ask.reason), ['first', 'refused']);
  assert.deepEqual([asked[0].vendor, asked[0].account], ['aliyun_bankocr', 'aliyun_bankocr']);
  assert.deepEqual(asked[0].secrets, ['app_code']);
  client.close();
});

test('temporary keys come together with their token, and end', async () => {
  const keys = ['secret_id', 'secret_key', 'token'];
  const { config, right } = await provided('tencent_ocr_temporary', ...keys);
  const reasons = [];
  const tokens = ({ vendor, secrets, reason }) => {
    assert.deepEqual([vendor, secrets], ['tencent_ocr', keys]);
    reasons.push(reason);
    const values = reason === 'first' ? { ...right, token: 'another' } : right;
    return { values, expiresInMs: [Infinity, 0, -5, Infinity][reasons.length - 1] };
  };
  const client = new Client(config, { providers: { tokens } });
  const attempts = [];
  // What ended before it was given has ended; infinity has no end.
  for (let count = 0; count < 4; count++) {
    attempts.push((await client.recognize(photo)).attempts.length);
  }
  assert.deepEqual(attempts, [2, 1, 1, 1]);
  assert.deepEqual(reasons, ['first', 'refused', 'expired', 'expired']);
  client.close();
});

test('what a provider throws is the cause of every call that waited', async () => {
  const { config } = await provided('wechat', 'app_secret');
  const thrown = new Error('the vault is sealed: hvs.SECRET');
  const client = new Client(config, {
    providers: {
      tokens: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw thrown;
      },
    },
  });
  const ended = await Promise.allSettled(Array.from({ length: 5 }, () => client.recognize(photo)));
  for (const { reason: error } of ended) {
    assert.deepEqual([error.kind, error.code], ['credentials_unavailable', 14]);
    assert.deepEqual([error.sent, error.billed], ['no', 'no']);
    assert.equal(error.cause, thrown);
    assert.ok(!(error.message + JSON.stringify(error) + error.stack).includes('SECRET'));
  }
  client.close();
});

test('what a provider gives is checked', async () => {
  const { config } = await provided('wechat', 'app_secret');
  const wrong = [undefined, null, 1, {}, { values: { app_secret: 1 } }];
  wrong.push({ values: 'x', expiresInMs: 'y' }, { values: 'x', expiresInMs: NaN });
  wrong.push({ values: 'x', expires_in_ms: 1 }, { values: 'x', expiresInMs: 1, reason: 'first' });
  for (const given of wrong) {
    const client = new Client(config, { providers: { tokens: () => given } });
    const error = await client.recognize(photo).catch((error) => error);
    assert.equal(error.kind, 'credentials_unavailable', inspect(given));
    assert.ok(error.cause instanceof TypeError);
    client.close();
  }
  assert.throws(() => new Client(config), { kind: 'invalid_config' });
  assert.throws(() => new Client(config, { providers: { tokens: 'text' } }), TypeError);
  assert.throws(() => new Client(config, { providers: 1 }), TypeError);
});

test('a provider that never answers ends calls at their deadlines, and is asked anew after its limit', async () => {
  const { config, right } = await provided('aliyun_bankocr', 'app_code');
  const asked = [];
  const settlers = [];
  const tokens = ({ reason }) => {
    asked.push(reason);
    return asked.length > 1 ? right.app_code : new Promise((resolve) => settlers.push(resolve));
  };
  const client = new Client(config, { providers: { tokens } });
  const unsent = (error) => [error.kind, error.sent, error.billed, error.attempts.length];
  const ended = (timeoutMs) => client.recognize(photo, { timeoutMs }).then(assert.fail, unsent);
  // The second call waits for the question of the first.
  for (let count = 0; count < 2; count++) {
    assert.deepEqual(await ended(200), ['timeout', 'no', 'no', 0]);
  }
  assert.deepEqual(asked, ['first']);
  assert.equal((await sandbox.counts()).aliyun_bankocr.connections, 0);
  // The question is given up after 30 seconds, and the next call asks another.
  assert.deepEqual(await ended(60_000), ['credentials_unavailable', 'no', 'no', 0]);
  assert.equal((await client.recognize(photo)).attempts.length, 1);
  // Nobody waits for what the first one gives after all.
  settlers[0]('0'.repeat(32));
  await new Promise(setImmediate);
  assert.equal((await client.recognize(photo)).attempts.length, 1);
  assert.deepEqual(asked, ['first', 'first']);
  client.close();
});
