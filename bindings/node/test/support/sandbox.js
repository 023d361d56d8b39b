'use strict';

// The sandbox that programs' tests have, too, for the tests of this package.

const path = require('node:path');
const { Sandbox } = require('../../lib/sandbox.js');

const ROOT = path.join(__dirname, '..', '..', '..', '..');

/** The invented person whose card every vendor knows. */
const PERSON = {
  cardNumber: '6222020000000000000',
  name: '张三',
  idNumber: '110101190001010014',
  phone: '13800000000',
};

const PHOTO = path.join(ROOT, 'tests', 'images', 'icbc-debit.jpg');

/** What is sent again is tested elsewhere; a dead token is replaced here too. */
class HastySandbox extends Sandbox {
  get config() {
    return { ...super.config, retry: { attempts: 2, breaker: false } };
  }

  /** The accounts by name, with those that the configuration has not, such as the ones of temporary keys. */
  async accounts() {
    const others = await (await fetch(`${this.adminUrl}/credentials`)).json();
    return { ...others, ...Object.fromEntries(this.config.vendors.map((entry) => [entry.vendor, entry])) };
  }
}

function start(...options) {
  return new HastySandbox(...options).start();
}

/** The JPEG with a comment first that tells the sandbox what to read or answer. */
function marked(jpeg, marker) {
  const text = Buffer.from(`cardwire-card:${JSON.stringify(marker)}`);
  const segment = Buffer.from([0xff, 0xfe, (text.length + 2) >> 8, (text.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, text, jpeg.subarray(2)]);
}

module.exports = { PERSON, PHOTO, ROOT, marked, start };
