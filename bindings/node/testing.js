'use strict';

// What tests of a program need: the package `cardwire/testing`.

const { cardLookup, error, order, recognition, verification } = require('./lib/made.js');
const { SandboxError, startSandbox, useSandbox } = require('./lib/sandbox.js');
const { ScriptError, ScriptedClient } = require('./lib/scripted.js');

module.exports = {
  SandboxError,
  ScriptError,
  ScriptedClient,
  cardLookup,
  error,
  order,
  recognition,
  startSandbox,
  useSandbox,
  verification,
};
