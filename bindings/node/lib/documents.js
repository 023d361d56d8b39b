'use strict';

// The JSON of core, whose names are in snake_case.

const names = new Map();

function camelCase(name) {
  let known = names.get(name);
  if (known === undefined) {
    known = name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    names.set(name, known);
  }
  return known;
}

/** A document as JavaScript has it: names in camelCase, frozen with everything in it. */
function translated(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return Object.freeze(value.map(translated));
  const object = {};
  for (const name in value) object[camelCase(name)] = translated(value[name]);
  return Object.freeze(object);
}

module.exports = { camelCase, translated };
