'use strict';

// What every argument is checked for. A wrong type is a TypeError, which does not show the value.

const { invalid } = require('./errors.js');

// Node 18 has no such method.
const isWellFormed = String.prototype.isWellFormed
  ? (text) => text.isWellFormed()
  : (text) => !/\p{Surrogate}/u.test(text);

/** Returns a name for a value, without what is in it. */
function className(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object') return `a value of type ${typeof value}`;
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && /^[A-Za-z_$][\w$]{0,60}$/.test(name) ? `an object of ${name}` : 'an object';
}

function wrongType(name, wanted, value) {
  return new TypeError(`${name} must be ${wanted}, not ${className(value)}`);
}

function text(name, value) {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  // A lone surrogate would reach the vendor as another character.
  if (!isWellFormed(value)) throw invalid(name, 'Unicode text', 'a lone surrogate');
  return value;
}

module.exports = { className, text, wrongType };
