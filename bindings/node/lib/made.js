'use strict';

// Results and errors that tests make, by the records of core's contract.

const native = require('./contract.js');
const { camelCase, translated } = require('./documents.js');
const { CardwireError, errorOf } = require('./errors.js');
const { CardLookup, Order, Recognition, Verification } = require('./results.js');
const { className } = require('./values.js');

/** Returns the value of a field of which nothing is known. */
function absent({ name, shape, optional }) {
  if (optional) return null;
  // As in an error that says nothing: `sent` and `billed` are `no`.
  if (shape === 'name') return native.error[name] ?? 'unknown';
  return { list: [], number: 0, fraction: 0, flag: false }[shape] ?? '';
}

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);
const isText = (value) => typeof value === 'string';

/** What a value of each shape is, and how it is told from others. */
const SHAPES = {
  text: ['a string', isText],
  name: ['a string', isText],
  number: ['a whole number', Number.isInteger],
  fraction: ['a number', isNumber],
  flag: ['a boolean', (value) => typeof value === 'boolean'],
  list: ['an array', Array.isArray],
  object: ['an object', (value) => Object(value) === value],
  photo: ['a Uint8Array', ArrayBuffer.isView],
};

/** Returns a value of a field, in which names are in snake_case, or throws where it has another shape. */
function checked(record, { name, shape, of, optional }, value) {
  if (value === null && optional) return null;
  const field = `${record}: ${camelCase(name)}`;
  const [wanted, fits] = SHAPES[shape];
  if (!fits(value)) throw new TypeError(`${field} must be ${wanted}, not ${className(value)}`);
  if (shape === 'name' && !of.includes(value)) throw new RangeError(`${field} must be one of ${of.join(', ')}`);
  if (shape === 'object') return recordOf(of, value);
  if (shape === 'list') return value.map((item) => recordOf(of, item));
  return value;
}

/** Returns a record within another, all of whose fields are given but for those that may be null. */
function recordOf(record, given) {
  const document = documentOf(record, given);
  for (const field of native.records[record]) {
    if (given[camelCase(field.name)] === undefined) checked(record, field, field.optional ? null : undefined);
  }
  return document;
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

const RECORDS = new Map([
  [Recognition, 'recognition'],
  [Verification, 'verification'],
  [CardLookup, 'card_lookup'],
  [Order, 'order'],
]);

/** Makes a result, as an answer of the native half makes it. */
function resultOf(Type, given, bytes) {
  const document = documentOf(RECORDS.get(Type), given);
  const photo = (name) => document[name] && Buffer.from(document[name]);
  return new Type(document, { bytes, from: -1, to: -1, photo });
}

/** Returns what makes results of a type, of which one field is always given; a vendor gave them, and bills them. */
function maker(Type, required, defaults = { sent: 'yes', billed: 'yes' }) {
  return ({ raw = {}, ...given } = {}) => {
    if (given[required] === undefined) throw new TypeError(`${RECORDS.get(Type)}: ${required} is missing`);
    return resultOf(Type, { ...defaults, ...given }, Buffer.from(JSON.stringify(raw)));
  };
}

const recognition = maker(Recognition, 'cardNumber');
const verification = maker(Verification, 'outcome');
const cardLookup = maker(CardLookup, 'found');
const order = maker(Order, 'orderId', { sent: 'yes', billed: 'no' });

/** Returns a copy of a result or an error with other facts of its call. */
function withFacts(answer, facts) {
  if (!(answer instanceof CardwireError)) return resultOf(answer.constructor, { ...answer, ...facts }, answer.rawBytes);
  const { cause, candidates } = answer;
  const copy = new CardwireError(answer.message, { ...answer, candidates, ...translated(facts) }, cause && { cause });
  copy.stack = answer.stack;
  return copy;
}

function error(kind, given = {}) {
  const { message = 'made by a test', ...fields } = given;
  const document = documentOf('error', { ...fields, kind, message });
  return errorOf(translated(document));
}

module.exports = { cardLookup, error, order, recognition, verification, withFacts };
