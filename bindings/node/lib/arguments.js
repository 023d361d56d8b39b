'use strict';

// Checks what a caller gives. A wrong type is a TypeError, a wrong value a CardwireError of kind
// invalid_argument; neither shows the value.

const { types } = require('node:util');
const { limits } = require('./contract.js');
const native = require('./native.js');
const { CardwireError, invalid } = require('./errors.js');
const { bytesOf, image, imageBytes, isImage, isUrl, pathOf } = require('./images.js');
const { className, text, wrongType } = require('./values.js');

const FETCH_OPTIONS = ['vendor', 'vendors', 'timeoutMs', 'signal'];
const CALL_OPTIONS = [...FETCH_OPTIONS, 'orderId', 'reference', 'userId', 'skipAnswered'];
const BATCH_OPTIONS = [...FETCH_OPTIONS, 'userId', 'skipAnswered', 'concurrency'];
const CHECK_OPTIONS = ['look'];
const PROVIDED = ['values', 'expiresInMs'];
const BATCH_INPUT = ['input', 'orderId', 'reference'];
const ORDER_FILTER = ['status', 'vendor', 'account', 'reference', 'sinceMs', 'untilMs', 'before', 'limit'];

/** The options of a call that is given none. */
const NO_OPTIONS = Object.freeze({
  vendors: undefined,
  orderId: undefined,
  reference: undefined,
  userId: undefined,
  skipAnswered: undefined,
  timeoutMs: undefined,
  signal: undefined,
});

function optionalText(name, value) {
  return value === undefined || value === null ? undefined : text(name, value);
}

function flag(name, value) {
  if (value !== undefined && typeof value !== 'boolean') throw wrongType(name, 'a boolean', value);
  return value;
}

function record(name, value, known) {
  if (value === null || typeof value !== 'object') throw wrongType(name, 'an object', value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new TypeError(`${name} has no property "${native.shownKey('', key)}"; there are ${known.join(', ')}`);
    }
  }
  return value;
}

function configuration(value) {
  if (typeof value === 'string') return text('config', value);
  if (value === null || typeof value !== 'object') {
    throw wrongType('config', 'an object or a string of JSON', value);
  }
  if (ArrayBuffer.isView(value)) throw new TypeError("config is bytes: read the file as 'utf8'");
  return json(value);
}

/** Returns a configuration as JSON text. What JSON has not is refused: it would be left out, or be `null`. */
function json(document) {
  const above = [];
  return JSON.stringify(document, function (key, value) {
    while (above.length > 0 && above.at(-1).value !== this) above.pop();
    const parent = above.at(-1);
    const path = parent ? under(parent, key) : 'configuration';
    const found = above.some((one) => one.value === value) ? 'a part that contains itself' : notOfJson(value, parent);
    if (found) throw new CardwireError(`${path}: expected a JSON value, found ${found}`, { kind: 'invalid_config' });
    if (value !== null && typeof value === 'object') above.push({ value, path: parent ? path : '' });
    return value;
  });
}

function under({ value, path }, key) {
  return Array.isArray(value) ? `${path}[${key}]` : native.shownKey(path, key);
}

/** Returns what a value is that JSON has not. A property may be undefined, and is left out. */
function notOfJson(value, parent) {
  const plain = types.isBoxedPrimitive(value) ? value.valueOf() : value;
  if (typeof plain === 'number') return Number.isFinite(plain) ? undefined : String(plain);
  if (plain === undefined) return parent && !Array.isArray(parent.value) ? undefined : 'undefined';
  if (['bigint', 'function', 'symbol'].includes(typeof plain)) return className(plain);
  // Such as a Map or a promise: nothing is left of it.
  const isObject = plain !== null && typeof plain === 'object' && !Array.isArray(plain);
  const isPlain = !isObject || Object.prototype.toString.call(plain) === '[object Object]';
  return isPlain || Object.keys(plain).length > 0 ? undefined : className(plain);
}

function cardholder(value) {
  const given = record('cardholder', value, ['cardNumber', 'name', 'idNumber', 'phone']);
  return {
    cardNumber: text('cardNumber', given.cardNumber),
    name: text('name', given.name),
    idNumber: optionalText('idNumber', given.idNumber),
    phone: optionalText('phone', given.phone),
  };
}

function amount(name, value, most) {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  if (!(value >= 1 && value <= most)) throw invalid(name, `1 to ${most}`, value);
  return value;
}

function signalOf(value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value.aborted !== 'boolean' || typeof value.addEventListener !== 'function') {
    throw wrongType('signal', 'an AbortSignal', value);
  }
  return value;
}

function vendorsOf({ vendor, vendors }) {
  if (vendor !== undefined && vendors !== undefined) {
    throw new TypeError('vendor and vendors exclude each other');
  }
  if (vendor !== undefined) return [text('vendor', vendor)];
  if (vendors === undefined) return undefined;
  if (!Array.isArray(vendors)) throw wrongType('vendors', 'an array of strings', vendors);
  return vendors.map((name) => text('vendors', name));
}

function options(value, known) {
  if (value === undefined) return NO_OPTIONS;
  const given = record('options', value, known);
  const { timeoutMs } = given;
  return {
    vendors: vendorsOf(given),
    orderId: optionalText('orderId', given.orderId),
    reference: optionalText('reference', given.reference),
    userId: optionalText('userId', given.userId),
    skipAnswered: flag('skipAnswered', given.skipAnswered),
    timeoutMs: timeoutMs === undefined ? undefined : amount('timeoutMs', timeoutMs, limits.timeout_ms),
    signal: signalOf(given.signal),
  };
}

const callOptions = (value) => options(value, CALL_OPTIONS);
const fetchOptions = (value) => options(value, FETCH_OPTIONS);

function batchOptions(value) {
  const read = options(value, BATCH_OPTIONS);
  const concurrency = value?.concurrency ?? limits.concurrency;
  amount('concurrency', concurrency, Number.MAX_SAFE_INTEGER);
  if (!Number.isInteger(concurrency)) throw invalid('concurrency', 'a whole number', concurrency);
  return { ...read, concurrency };
}

function checkOptions(value) {
  const { look } = value === undefined ? {} : record('options', value, CHECK_OPTIONS);
  return { look: flag('look', look) };
}

/** The path of a file, given as text or as a `file:` URL. */
function filePath(name, value) {
  if (isUrl(value)) return pathOf(value);
  return text(name, value);
}

/** Which orders are wanted, as JSON. */
function orderFilter(value) {
  const given = value === undefined ? {} : record('filter', value, ORDER_FILTER);
  return JSON.stringify({
    status: optionalText('status', given.status),
    vendor: optionalText('vendor', given.vendor),
    account: optionalText('account', given.account),
    reference: optionalText('reference', given.reference),
    since_ms: count('sinceMs', given.sinceMs),
    until_ms: count('untilMs', given.untilMs),
    before: optionalText('before', given.before),
    limit: count('limit', given.limit),
  });
}

function count(name, value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw invalid(name, 'a whole number from 0', value);
  }
  return value;
}

/** A moment in milliseconds since 1970. */
function moment(name, value) {
  const given = count(name, value);
  if (given === undefined) throw wrongType(name, 'a number', value);
  return given;
}

/** How to iterate inputs; a string or bytes would be taken apart, so they are refused. */
function inputs(name, value) {
  const iterable = typeof value === 'object' && value !== null && !bytesOf(value) && !isUrl(value);
  const asynchronous = iterable && value[Symbol.asyncIterator];
  const make = asynchronous || (iterable && value[Symbol.iterator]);
  if (typeof make !== 'function') throw wrongType(name, 'an iterable or an async iterable', value);
  return { iterate: () => make.call(value), isAsync: make === asynchronous };
}

/**
 * An input of a batch with its order number and its reference. It is given alone, or in an object that has
 * it as `input`: no photo is such an object, and no cardholder has that property.
 */
function batchInput(value) {
  if (value === null || typeof value !== 'object' || !('input' in value) || isImage(value)) return { input: value };
  const { input, orderId, reference } = record('input', value, BATCH_INPUT);
  return {
    input,
    orderId: optionalText('orderId', orderId),
    reference: optionalText('reference', reference),
  };
}

function clientOptions(value) {
  if (value === undefined) return { providers: {} };
  const { onEvent, providers = {} } = record('options', value, ['onEvent', 'providers']);
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw wrongType('onEvent', 'a function', onEvent);
  }
  if (typeof providers !== 'object' || providers === null) {
    throw wrongType('providers', 'an object', providers);
  }
  for (const [name, provider] of Object.entries(providers)) {
    if (typeof provider !== 'function') throw wrongType(native.shownKey('providers', name), 'a function', provider);
  }
  return { onEvent, providers: { ...providers } };
}

/** Returns a provider's values by secret. A message shows nothing of them. */
function provided(given, secrets) {
  const { values, expiresInMs } = typeof given === 'object' ? record('what a provider gives', given, PROVIDED) : { values: given };
  const named = typeof values === 'string' && secrets.length === 1 ? { [secrets[0]]: values } : values;
  if (typeof named !== 'object' || named === null) {
    throw new TypeError('a provider must give a string, or { values, expiresInMs }');
  }
  if (!Object.values(named).every((value) => typeof value === 'string')) {
    throw new TypeError('a provider must give each secret as a string');
  }
  if (expiresInMs === undefined) return { values: named };
  if (typeof expiresInMs !== 'number' || Number.isNaN(expiresInMs)) {
    throw new TypeError('expiresInMs must be a number of milliseconds');
  }
  return { values: named, expiresInMs: Math.max(0, expiresInMs) };
}

module.exports = {
  NO_OPTIONS,
  batchInput,
  batchOptions,
  callOptions,
  cardholder,
  checkOptions,
  clientOptions,
  configuration,
  fetchOptions,
  filePath,
  image,
  imageBytes,
  inputs,
  moment,
  orderFilter,
  provided,
  text,
};
