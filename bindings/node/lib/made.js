'use strict';

// Results and errors that tests make, by the records of core's contract.

const native = require('./contract.js');
const { camelCase } = require('./documents.js');
const { errorOf } = require('./errors.js');
const { CardLookup, Order, Recognition, Verification } = require('./results.js');
const { className } = require('./values.js');

/** Returns the value of a field of which nothing is known. */
function absent({ name, shape, optional }) {
  if (optional) return null;
  // As in an error that says nothing: `sent` and `billed` are `no`.
  if (shape === 'name') return native.error[name] ?? 'unknown';
  return { list: [], number: 0, fraction: 0, flag: false }[shape] ?? '';
}

function checked(record, { name, shape, of, optional }, value) {
  const isAbsent = value === null && optional;
  if (shape === 'photo' && !isAbsent && !ArrayBuffer.isView(value)) {
    throw new TypeError(`${record}: ${camelCase(name)} must be a Uint8Array, not ${className(value)}`);
  }
  if (shape === 'name' && !isAbsent && !of.includes(value)) {
    throw new RangeError(`${record}: ${camelCase(name)} must be one of ${of.join(', ')}`);
  }
  return value;
}

/** Returns the document of a record with these fields, whose names are in camelCase, and absent values for the rest. */
function documentOf(record, given) {
  if (Object(given) !== given) throw new TypeError(`the fields of ${record} must be an object, not ${className(given)}`);
  const document = {};
  const known = new Map();
  for (const field of native.records[record]) {
    document[field.name] = absent(field);
    known.set(camelCase(field.name), field);
  }
  for (const [name, value] of Object.entries(given)) {
    const field = known.get(name);
    if (!field) throw new TypeError(`${record} has no field ${JSON.stringify(name)}`);
    if (value !== undefined) document[field.name] = checked(record, field, value);
  }
  return document;
}

/** Returns what makes a result of a record, as an answer of the native half makes it. One field is always given. */
function maker(record, Type, required) {
  return ({ raw = {}, ...given } = {}) => {
    if (given[required] === undefined) throw new TypeError(`${record}: ${required} is missing`);
    const document = documentOf(record, given);
    const bytes = Buffer.from(JSON.stringify(raw));
    const photo = (name) => document[name] && Buffer.from(document[name]);
    return new Type(document, { bytes, from: -1, to: -1, photo });
  };
}

const recognition = maker('recognition', Recognition, 'cardNumber');
const verification = maker('verification', Verification, 'outcome');
const cardLookup = maker('card_lookup', CardLookup, 'found');
const order = maker('order', Order, 'orderId');

function error(kind, given = {}) {
  const { message = 'made by a test', ...fields } = given;
  const document = documentOf('error', { ...fields, kind, message });
  const named = Object.entries(document).map(([name, value]) => [camelCase(name), value]);
  return errorOf(Object.fromEntries(named));
}

module.exports = { cardLookup, error, order, recognition, verification };
