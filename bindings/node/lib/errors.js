'use strict';

const { getSystemErrorMap, inspect } = require('node:util');

const native = require('./native.js');
const { kinds } = require('./contract.js');
const { camelCase, translated } = require('./documents.js');
const { giveFacts } = require('./facts.js');

/** The number of each kind. */
const NUMBERS = Object.fromEntries(kinds.map(({ kind, number }) => [kind, number]));

/** The step of the network at which a request failed, with the properties of Node's own errors. */
class NetworkCause extends Error {
  constructor({ step, host, port, reason, osError }) {
    super(`${step} ${host.includes(':') ? `[${host}]` : host}:${port}: ${reason}`);
    this.step = step;
    this.host = host;
    this.port = port;
    this.reason = reason;
    this.osError = osError;
    const code = step === 'resolve' ? 'ENOTFOUND' : known(osError)?.[0];
    if (code !== undefined) this.code = code;
  }

  toJSON() {
    const { step, host, port, reason, osError } = this;
    return { step, host, port, reason, osError };
  }
}

Object.defineProperty(NetworkCause.prototype, 'name', {
  value: 'NetworkCause',
  configurable: true,
  writable: true,
});

/** A number that may stand on a card, masked where it is shown. */
class NumberCandidate {
  constructor({ cardNumber, confidence }) {
    this.cardNumber = cardNumber;
    this.confidence = confidence;
    Object.freeze(this);
  }

  get maskedCardNumber() {
    return native.maskCardNumber(this.cardNumber);
  }

  [inspect.custom](depth, options, show) {
    return `NumberCandidate ${show({ ...this, cardNumber: this.maskedCardNumber }, options)}`;
  }
}

class CardwireError extends Error {
  // No property: what shows an error shows its properties.
  #candidates;

  constructor(message, facts = {}, options = undefined) {
    super(message, options);
    const { kind = 'internal' } = facts;
    if (!Object.hasOwn(NUMBERS, kind)) throw new TypeError('kind is none of the error kinds');
    this.kind = kind;
    this.code = NUMBERS[kind];
    this.argument = facts.argument ?? null;
    this.path = facts.path ?? null;
    this.osError = facts.osError ?? null;
    this.vendor = facts.vendor ?? null;
    this.account = facts.account ?? null;
    this.vendorCode = facts.vendorCode ?? null;
    this.vendorMessage = facts.vendorMessage ?? null;
    this.httpStatus = facts.httpStatus ?? null;
    this.orderId = facts.orderId ?? null;
    this.requestId = facts.requestId ?? null;
    this.gatewayRequestId = facts.gatewayRequestId ?? null;
    this.transactionTime = facts.transactionTime ?? null;
    this.imageFitted = facts.imageFitted ?? null;
    this.sent = facts.sent ?? 'no';
    this.billed = facts.billed ?? 'no';
    this.attempts = facts.attempts ?? Object.freeze([]);
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.order = facts.order ?? null;
    this.#candidates = Object.freeze((facts.candidates ?? []).map((candidate) => new NumberCandidate(candidate)));
  }

  get candidates() {
    return this.#candidates;
  }

  toJSON() {
    const cause = this.cause instanceof NetworkCause ? this.cause.toJSON() : null;
    const document = { name: this.name, message: this.message, ...this, cause };
    // As core's documents have it.
    if (document.order === null) delete document.order;
    return document;
  }
}

Object.defineProperty(CardwireError.prototype, 'name', {
  value: 'CardwireError',
  configurable: true,
  writable: true,
});

giveFacts(CardwireError);

/** The error of a document of the core. Arguments have the names they have in JavaScript. */
function errorOf(document, options) {
  let { argument, message } = document;
  if (argument !== null) {
    const name = camelCase(argument);
    if (message.startsWith(`${argument}:`)) message = name + message.slice(argument.length);
    argument = name;
  }
  const network = document.cause ? { cause: new NetworkCause(document.cause) } : undefined;
  const cause = options ?? network ?? systemError(document);
  return new CardwireError(message, { ...document, argument }, cause);
}

/** Returns Node's name of an error number of this system, such as `ECONNREFUSED`, and its text. */
function known(osError) {
  // Windows numbers its errors in another way than Node does.
  if (osError === null || osError === undefined || process.platform === 'win32') return undefined;
  return getSystemErrorMap().get(-osError);
}

/** Node's own error about the file that could not be used, as the cause. */
function systemError({ path, osError }) {
  const found = known(osError);
  if (!found) return undefined;
  const [code, problem] = found;
  const error = new Error(`${code}: ${problem}, open '${path}'`);
  return { cause: Object.assign(error, { errno: -osError, code, syscall: 'open', path }) };
}

/** Returns the value that a synchronous function of the core gave, or throws its error. */
function settled(json) {
  const { ok, error } = translated(JSON.parse(json));
  if (error) throw errorOf(error);
  return ok;
}

function invalid(argument, expected, found) {
  const message = `${argument}: expected ${expected}, found ${found}`;
  return new CardwireError(message, { kind: 'invalid_argument', argument });
}

module.exports = { CardwireError, errorOf, invalid, settled };
