'use strict';

// What is said when the native module is not loaded: the cause, and what mends this cause.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, test } = require('node:test');

const folder = path.join(__dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'cardwire-'));
const native = readdirSync(folder).find((name) => /^cardwire\..*\.node$/.test(name));
after(() => rmSync(scratch, { recursive: true }));

/** The package in a folder of its own, without its native module. */
function copy(name) {
  const to = path.join(scratch, name);
  mkdirSync(to);
  for (const file of ['index.js', 'package.json']) copyFileSync(path.join(folder, file), path.join(to, file));
  cpSync(path.join(folder, 'lib'), path.join(to, 'lib'), { recursive: true });
  return to;
}

/** Returns the message of loading it. */
function told(where, before = []) {
  const program = 'try { require(process.argv[1]); console.log("loaded") } catch (error) { console.log(error.message) }';
  const [command, ...rest] = [...before, process.execPath, '-e', program, where];
  const { stdout, error } = spawnSync(command, rest, { encoding: 'utf8' });
  return error ? undefined : stdout.trim();
}

test('a package without its native module names the package of the platform', () => {
  const said = told(copy('bare'));
  assert.match(said, /^cardwire has no native module for [\w-]+: it is the package cardwire-[\w-]+, an optional/);
  assert.match(said, /--omit=optional; in a checkout, build it with `npm run build`$/);
});

test('code that was moved out of the package is in a bundle', () => {
  const where = copy('bundle');
  rmSync(path.join(where, 'package.json'));
  assert.match(told(path.join(where, 'index.js')), /^cardwire was put into a bundle.*webpack.*esbuild.*vite/);
});

test('a module of another platform, or a damaged one, is told as such', () => {
  const where = copy('damaged');
  writeFileSync(path.join(where, native), Buffer.alloc(4096, 'not a library '));
  const said = told(where);
  assert.match(said, /cannot be loaded: it is of another platform/);
  assert.ok(said.includes(path.join(where, native)));
  assert.doesNotMatch(said, /noexec|optional|bundle/);
});

test('a file system mounted noexec is told as such', (context) => {
  const where = copy('noexec');
  // Mounted for the program alone, over the place where the module is looked for.
  const mounted = path.join(scratch, 'mounted');
  mkdirSync(mounted);
  const steps = `mount -t tmpfs -o noexec tmpfs ${mounted} && cp -R ${where}/. ${path.join(folder, native)} ${mounted} && exec "$@"`;
  const said = told(mounted, ['unshare', '-rm', 'sh', '-c', steps, 'sh']);
  if (!said) return context.skip('this user may mount nothing');
  assert.match(said, /cannot be loaded: its file system is mounted noexec/);
  assert.doesNotMatch(said, /optional|bundle|platform/);
});
