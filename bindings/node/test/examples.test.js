'use strict';

// The programs of the README and of examples/, as they stand there.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { copyFileSync, mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { promisify } = require('node:util');
const { PHOTO, start } = require('./support/sandbox.js');

const PACKAGE = path.join(__dirname, '..');
const run = promisify(execFile);
let sandbox;
let folder;

before(async () => {
  sandbox = await start();
  folder = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(PACKAGE, path.join(folder, 'node_modules', 'cardwire'), 'junction');
  writeFileSync(path.join(folder, 'cardwire.json'), JSON.stringify(sandbox.config));
  copyFileSync(PHOTO, path.join(folder, 'card.jpg'));
});
after(async () => {
  rmSync(folder, { recursive: true });
  await sandbox.stop();
});

test('the programs of the README', async () => {
  const readme = readFileSync(path.join(PACKAGE, 'README.md'), 'utf8');
  const programs = [...readme.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, program]) => program);
  const outputs = [];
  for (const program of programs) {
    writeFileSync(path.join(folder, 'program.mjs'), program);
    const { stdout, stderr } = await run(process.execPath, ['program.mjs'], { cwd: folder });
    assert.equal(stderr, '');
    outputs.push(stdout.trim().split('\n'));
  }
  const [first, second, , offline] = outputs;
  assert.match(first[0], /^622202\*{9}0000 .* billed: yes$/);
  assert.match(first[1], /^match null order \w{32}$/);
  assert.equal(second.length, 100);
  assert.deepEqual(offline, ['中国工商银行', '622202*********0000 true 中国工商银行 table 4']);
});

test('the demo prints a line of JSON for each call', async () => {
  const demo = path.join(PACKAGE, 'examples', 'demo.js');
  assert.ok(readFileSync(demo, 'utf8').trim().split('\n').length <= 20);
  const calls = ['recognize', 'aliyun_bankocr', 'verify', 'aliyun_yhkr'];
  const { stdout } = await run(process.execPath, [demo, path.join(folder, 'cardwire.json'), PHOTO, ...calls]);
  const rows = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(rows.every((row) => /^\w{32}$/.test(row.order_id) && row.milliseconds >= 0));
  const same = { language: 'Node', card: '622202*********0000', billed: 'yes' };
  const read = { vendor: 'aliyun_bankocr', operation: 'recognize', issuer: '中国工商银行', outcome: 'ok' };
  const verified = { vendor: 'aliyun_yhkr', operation: 'verify', outcome: 'match' };
  assert.deepEqual(
    rows.map(({ order_id: _orderId, milliseconds: _milliseconds, ...row }) => row),
    [{ ...same, ...read }, { ...same, ...verified }],
  );
});
