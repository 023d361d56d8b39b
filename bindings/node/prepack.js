'use strict';

// `npm pack` in a checkout takes the native module that was built here along, without which nothing
// would run. What is published has none: each platform has a package of its own.

const { readdirSync } = require('node:fs');

const built = readdirSync(__dirname).some((name) => /^cardwire\..*\.node$/.test(name));
if (!built && process.env.npm_command !== 'publish') {
  console.error('cardwire: there is no native module to pack: `npm run build` makes it');
  process.exitCode = 1;
}
