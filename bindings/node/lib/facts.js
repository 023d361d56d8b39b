'use strict';

const { records } = require('./contract.js');
const { camelCase } = require('./documents.js');

const FACTS = records.call_facts.map(({ name }) => camelCase(name));

/** Gives a class whose objects have the facts of a call the property `facts`, which holds them alone. */
function giveFacts({ prototype }) {
  Object.defineProperty(prototype, 'facts', {
    get() {
      return Object.freeze(Object.fromEntries(FACTS.map((name) => [name, this[name]])));
    },
    configurable: true,
  });
}

module.exports = { giveFacts };
