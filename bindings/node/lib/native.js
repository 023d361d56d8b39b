'use strict';

// Loads the native half: the one built in this folder, else the package of this platform.

const { existsSync } = require('node:fs');
const path = require('node:path');

/** How musl names a processor. */
const MUSL_ARCH = { x64: 'x86_64', arm64: 'aarch64' };

function isMusl() {
  // What runs on musl was started by its loader. Only where there is one, a report is asked for: it
  // takes longer than all the rest of loading.
  if (!existsSync(`/lib/ld-musl-${MUSL_ARCH[process.arch]}.so.1`)) return false;
  // The report names glibc's version where there is one; sockets in it could take a name look-up.
  const { report } = process;
  const network = report.excludeNetwork;
  report.excludeNetwork = true;
  try {
    return !report.getReport().header.glibcVersionRuntime;
  } finally {
    report.excludeNetwork = network;
  }
}

function platform() {
  const { platform: system, arch } = process;
  if (system === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  if (system === 'win32') return `win32-${arch}-msvc`;
  return `${system}-${arch}`;
}

function load() {
  const name = platform();
  const built = path.join(__dirname, '..', `cardwire.${name}.node`);
  if (existsSync(built)) return require(built);
  try {
    return require(`cardwire-${name}`);
  } catch (cause) {
    const message =
      `cardwire has no native module for ${name}: the package cardwire-${name} is an optional ` +
      'dependency; install without --omit=optional, on the platform that runs it';
    throw new Error(message, { cause });
  }
}

module.exports = load();
