'use strict';

// The platform of this process, as napi names it.

const { existsSync } = require('node:fs');

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

module.exports = { platform };
