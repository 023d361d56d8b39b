'use strict';

// The command `cardwire` that the package brings.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

const PROGRAM = path.join(__dirname, '..', require('../package.json').bin.cardwire);
const scratch = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
const config = path.join(scratch, 'cardwire.json');
let sandbox;

before(async () => {
  sandbox = await start();
  writeFileSync(config, JSON.stringify(sandbox.config));
});
after(async () => {
  rmSync(scratch, { recursive: true });
  await sandbox.stop();
});

function run(...given) {
  return spawnSync(process.execPath, [PROGRAM, '--config', config, ...given], { encoding: 'utf8' });
}

test('a photo is read', () => {
  const { status, stdout, stderr } = run('--json', 'recognize', PHOTO);
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).result.billed, 'yes');
  assert.ok(!stdout.includes(PERSON.cardNumber));
});

test('what is refused has the code of the manual', () => {
  const { status, stderr } = run('recognize', 'nowhere.jpg');
  assert.equal(status, 2);
  assert.match(stderr, /nowhere\.jpg/);
});
