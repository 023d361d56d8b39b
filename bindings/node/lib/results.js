'use strict';

const { inspect, types } = require('node:util');
const { records } = require('./contract.js');
const native = require('./native.js');
const { camelCase, translated } = require('./documents.js');
const { giveFacts } = require('./facts.js');

/** Text that `inspect` shows without quotes. */
class PlainText {
  #text;

  constructor(text) {
    this.#text = text;
  }

  [inspect.custom]() {
    return this.#text;
  }
}

class Result {
  #bytes;
  #from;
  #to;
  #raw;

  /** `fields` are those of the record, as `fieldsOf` gives them. */
  constructor(fields, document, answer) {
    for (let index = 0; index < fields.length; index++) {
      const { name, json, isPlain, isPhoto } = fields[index];
      if (isPlain) this[name] = document[json];
      else this[name] = isPhoto ? answer.photo(json) : translated(document[json]);
    }
    this.#bytes = answer.bytes;
    this.#from = answer.from;
    this.#to = answer.to;
    Object.freeze(this);
  }

  get rawBytes() {
    // What is beside the answers of other calls is taken out when it is asked for.
    if (this.#from >= 0) {
      const own = Buffer.allocUnsafeSlow(this.#to - this.#from);
      this.#bytes.copy(own, 0, this.#from, this.#to);
      this.#bytes = own;
      this.#from = -1;
    }
    return this.#bytes;
  }

  get raw() {
    if (this.#raw === undefined) {
      const text = this.rawBytes.toString('utf8');
      try {
        this.#raw = JSON.parse(text);
      } catch {
        this.#raw = text;
      }
    }
    return this.#raw;
  }

  toJSON() {
    const document = {};
    for (const [name, value] of Object.entries(this)) {
      document[name] = types.isUint8Array(value) ? value.toString('base64') : value;
    }
    return { ...document, raw: this.raw };
  }

  [inspect.custom](depth, options, show) {
    const { name } = this.constructor;
    if (depth < 0) return `[${name}]`;
    const shown = {};
    for (const [field, value] of Object.entries(this)) {
      if (types.isUint8Array(value)) shown[field] = new PlainText(`[${value.length} bytes]`);
      else if (field === 'cardNumber' && value !== null) shown[field] = native.maskCardNumber(value);
      else if (field === 'description') shown[field] = new PlainText('[hidden]');
      else shown[field] = value;
    }
    shown.raw = new PlainText(`[${this.rawBytes.length} bytes]`);
    return `${name} ${show(shown, options)}`;
  }
}

giveFacts(Result);

/** The fields of a record that are properties: the vendor's answer is none. */
function fieldsOf(record) {
  const own = records[record].filter(({ shape }) => shape !== 'answer');
  return own.map(({ name, shape }) => ({
    name: camelCase(name),
    json: name,
    isPlain: !['photo', 'list', 'object'].includes(shape),
    isPhoto: shape === 'photo',
  }));
}

const RECOGNITION = fieldsOf('recognition');
const ORDER = fieldsOf('order');
const VERIFICATION = fieldsOf('verification');
const CARD_LOOKUP = fieldsOf('card_lookup');

class CardResult extends Result {
  get maskedCardNumber() {
    return this.cardNumber === null ? null : native.maskCardNumber(this.cardNumber);
  }
}

class Recognition extends CardResult {
  constructor(document, answer) {
    super(RECOGNITION, document, answer);
  }
}

class Order extends CardResult {
  constructor(document, answer) {
    super(ORDER, document, answer);
  }
}

class Verification extends Result {
  constructor(document, answer) {
    super(VERIFICATION, document, answer);
  }
}

class CardLookup extends Result {
  constructor(document, answer) {
    super(CARD_LOOKUP, document, answer);
  }
}

module.exports = { CardLookup, Order, Recognition, Verification };
