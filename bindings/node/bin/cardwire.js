#!/usr/bin/env node
'use strict';

// The command `cardwire`. It runs on this thread to its end: there is nothing else for it to hold up.
const { runCommand } = require('../lib/native.js');

process.exitCode = runCommand(['cardwire', ...process.argv.slice(2)]);
