'use strict';

// The JSON documents of the core. The native half gives their names in camelCase.

function camelCase(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** Freezes a value with everything in it, and returns it. */
function frozen(value) {
  if (value === null || typeof value !== 'object') return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** Freezes a list of objects that hold none themselves. */
function frozenList(list) {
  for (let index = 0; index < list.length; index++) Object.freeze(list[index]);
  return Object.freeze(list);
}

function parsed(json) {
  return frozen(JSON.parse(json));
}

module.exports = { camelCase, frozen, frozenList, parsed };
