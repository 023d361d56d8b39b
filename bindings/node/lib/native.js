'use strict';

// Loads the native half: the one built in this folder, else the package of this platform.

const { existsSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { platform } = require('./platform.js');

// A bundler replaces `require` and cannot follow a name that is made here.
const load = createRequire(__filename);

/** Returns whether this file is where the package has it: a bundle is elsewhere. */
function isInPackage() {
  try {
    const { name } = JSON.parse(readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8'));
    return name === 'cardwire' && path.basename(__dirname) === 'lib';
  } catch {
    return false;
  }
}

/** Why no native module was found, and what mends it. */
function missing(name) {
  if (!isInPackage()) {
    return (
      'cardwire was put into a bundle, where its native module cannot be: leave it out with ' +
      "`externals: { cardwire: 'commonjs cardwire' }` (webpack), `--external:cardwire` (esbuild) or " +
      "`ssr: { external: ['cardwire'] }` (vite), and install it where the bundle runs"
    );
  }
  return (
    `cardwire has no native module for ${name}: it is the package cardwire-${name}, an optional ` +
    'dependency, which is not installed. Install on the platform that runs it and without ' +
    '--omit=optional; in a checkout, build it with `npm run build`'
  );
}

/** The system's messages when it does not load a library, and what mends that. */
const REFUSALS = [
  [
    /failed to map segment|Operation not permitted/i,
    'its file system is mounted noexec: install the package on one that is not',
  ],
  [/GLIBC_|GLIBCXX_|libc\.musl|ld-linux/, "this system's C library is older than the module's, or another one"],
  [
    /invalid ELF header|wrong ELF class|file too short|position-independent executable|mach-o|architecture|not a valid Win32/i,
    'it is of another platform, or damaged: install again on this one',
  ],
  [/No such file|cannot open shared object/i, 'a library that it needs is not there'],
  [/Permission denied/i, 'this user may not read it'],
  [/Too many open files/i, 'this process has no file descriptor left'],
];

function refused(file, cause) {
  const told = String(cause?.message ?? cause).split('\n')[0];
  const found = REFUSALS.find(([says]) => says.test(told));
  const advice = found ? `: ${found[1]}` : '';
  return new Error(`cardwire's native module ${file} cannot be loaded${advice} (${told})`, { cause });
}

function loaded() {
  const name = platform();
  const built = path.join(__dirname, '..', `cardwire.${name}.node`);
  let file = built;
  if (!existsSync(built)) {
    try {
      file = load.resolve(`cardwire-${name}`);
    } catch (cause) {
      throw new Error(missing(name), { cause });
    }
  }
  try {
    return load(file);
  } catch (cause) {
    throw refused(file, cause);
  }
}

module.exports = loaded();
