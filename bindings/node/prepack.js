'use strict';

// `npm pack` in a checkout takes the native module that was built here along, without which nothing
// would run. What is published has none, and a package for each platform beside it: package.py makes them.

const { readdirSync } = require('node:fs');

const built = readdirSync(__dirname).some((name) => /^cardwire\..*\.node$/.test(name));
if (process.env.npm_command === 'publish') {
  console.error('cardwire: publish what `make dist-node` makes');
  process.exitCode = 1;
} else if (!built) {
  console.error('cardwire: there is no native module to pack: `npm run build` makes it');
  process.exitCode = 1;
}
