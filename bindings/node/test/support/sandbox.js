'use strict';

// A sandbox of one's own: the vendors on loopback, with a ledger of what they executed.

const path = require('node:path');
const { startSandbox } = require('../../lib/sandbox.js');

const ROOT = path.join(__dirname, '..', '..', '..', '..');

/** The invented person whose card every vendor knows. */
const PERSON = {
  cardNumber: '6222020000000000000',
  name: '张三',
  idNumber: '110101190001010014',
  phone: '13800000000',
};

const PHOTO = path.join(ROOT, 'tests', 'images', 'icbc-debit.jpg');

async function start(...extra) {
  const sandbox = await startSandbox(...extra);
  // What is sent again is tested elsewhere; a dead token is replaced here too.
  const config = { ...sandbox.config, retry: { attempts: 2, breaker: false } };

  async function ask(method, where, body) {
    const response = await fetch(sandbox.adminUrl + where, { method, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${where}: ${answer.error}`);
    return answer;
  }

  return {
    config,
    /** A configuration with only these accounts: vendors, or names of `GET /credentials`. */
    async configFor(...names) {
      const others = await ask('GET', '/credentials');
      const vendors = names.map((name) => {
        return config.vendors.find(({ vendor }) => vendor === name) ?? others[name];
      });
      return { ...config, vendors };
    },
    script: (script) => ask('POST', '/script', script),
    settings: (settings) => ask('POST', '/settings', settings),
    ledger: () => ask('GET', '/ledger'),
    counts: () => ask('GET', '/counts'),
    magic: () => ask('GET', '/magic'),
    reset: () => sandbox.reset(),
    stop: () => sandbox.stop(),
  };
}

/** The JPEG with a comment first that tells the sandbox what to read or answer. */
function marked(jpeg, marker) {
  const text = Buffer.from(`cardwire-card:${JSON.stringify(marker)}`);
  const segment = Buffer.from([0xff, 0xfe, (text.length + 2) >> 8, (text.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, text, jpeg.subarray(2)]);
}

module.exports = { PERSON, PHOTO, ROOT, marked, start };
