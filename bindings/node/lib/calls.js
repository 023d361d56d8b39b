'use strict';

// The calls in flight of this environment, and what the native half says about them.

const { AsyncResource } = require('node:async_hooks');
const { channel } = require('node:diagnostics_channel');
const { setInterval } = require('node:timers');
const native = require('./native.js');
const { CardwireError, errorOf } = require('./errors.js');
const { NO_OPTIONS, provided } = require('./arguments.js');
const { translated } = require('./documents.js');
const { onAbort } = require('./signals.js');

/** The topics of messages, as the native half numbers them. */
const RESULT = 0;
const EVENT = 2;
const ASK = 3;
const FORGET = 4;
const ENDED = 5;

/** The longest interval there is: the timer is only there to be waited for. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

/** With less than this left in a slab, the next one is begun. */
const LEAST_LEFT = 2048;

/** Is given the events of clients that were made when it had subscribers. */
const EVENTS = channel('cardwire:event');

/** By call. An entry holds its client or journal, so that one with calls in flight is not collected. */
const pending = new Map();
const clients = new Map();
/** The asynchronous contexts of batches, as long as there are these. */
const contexts = new Map();
const left = new FinalizationRegistry((id) => contexts.delete(id));
/** The exceptions of providers, by the number that errors refer to them by. */
const thrown = new Map();
let lastThrown = 0;
let keepAlive;
let lastCall = 0;
let lastClient = 0;

/** The memory to which the native half writes short answers of vendors, one behind the other. */
let slab;
let used = 0;

const library = new native.Library(tellAll);

/** Tells every message that has come. */
function tellAll() {
  const messages = taken(library);
  for (let index = 0; index < messages.length; index++) told(messages[index]);
}

/** The messages that the library has, or the next result of a batch. */
function taken(source) {
  if (!slab || slab.length - used < LEAST_LEFT) {
    slab = library.slab();
    used = 0;
  }
  return JSON.parse(source.take(slab, used));
}

function told(message) {
  const topic = message[0];
  const id = message[1];
  if (topic === EVENT) {
    tell(clients.get(id)?.deref(), message[2]);
    return;
  }
  if (topic === ASK) {
    ask(clients.get(id)?.deref(), message[2]);
    return;
  }
  if (topic === FORGET) {
    thrown.delete(id);
    return;
  }
  const entry = pending.get(id);
  if (topic === ENDED) {
    entry?.ended();
    return;
  }
  try {
    const answer = answerOf(message);
    entry?.resolve(answer);
  } catch (error) {
    // Nothing else ends the call: its message came.
    entry?.reject(error);
  }
  if (entry) end(id);
}

function answerOf([topic, , document, raw, photos]) {
  try {
    return new Answer(topic === RESULT, document, raw, photos);
  } catch (cause) {
    const facts = { kind: 'internal', sent: 'unknown', billed: 'unknown' };
    throw new CardwireError('the answer of the native half cannot be read', facts, { cause });
  }
}

/** The end of a call. */
class Answer {
  constructor(succeeded, document, raw, photos) {
    this.succeeded = succeeded;
    this.document = document;
    if (typeof raw === 'number') {
      this.bytes = library.piece(raw);
      this.from = this.to = -1;
    } else {
      this.bytes = slab;
      this.from = raw[0];
      this.to = used = raw[1];
    }
    for (const name in photos) photos[name] = library.piece(photos[name]);
    this.photos = photos;
    // Now: it may be forgotten before somebody reads the answer.
    this.cause = document?.thrown === undefined ? undefined : { cause: thrown.get(document.thrown) };
  }

  photo(name) {
    return this.photos?.[name] ?? null;
  }

  /** The document of a result, or the error thrown. */
  read(signal) {
    if (this.succeeded) return this.document;
    const document = translated(this.document);
    const cancelled = document.kind === 'cancelled' && signal?.aborted;
    throw errorOf(document, cancelled ? { cause: signal.reason } : this.cause);
  }
}

const collected = new FinalizationRegistry((id) => {
  clients.delete(id);
  library.forget(id);
});

/** Tells a client's listeners, in the asynchronous context of the call, whose number is `context`. */
function tell(client, { context, ...event }) {
  if (!client) return;
  const resource = pending.get(context)?.resource ?? contexts.get(context);
  const told = () => listened(client, translated(event));
  if (resource) resource.runInAsyncScope(told);
  else told();
}

function listened(client, event) {
  if (client.isPublished) EVENTS.publish(event);
  try {
    client.onEvent?.(event);
  } catch (error) {
    // As with any listener: what it throws is the process's uncaught exception, not the call's.
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Has a provider answer; what it throws is the cause of the calls' errors. */
async function ask(client, { ask, provider, vendor, account, secrets, reason }) {
  try {
    const question = Object.freeze({ vendor, account, secrets: Object.freeze(secrets), reason });
    const given = provided(await client.providers[provider](question), secrets);
    library.give(ask, Object.keys(given.values), Object.values(given.values), given.expiresInMs);
  } catch (error) {
    lastThrown = (lastThrown + 1) >>> 0;
    thrown.set(lastThrown, error);
    library.fail(ask, lastThrown);
  }
}

function begin(id, entry) {
  // The process waits for calls in flight, and not for a client without any.
  if (pending.size === 0) {
    if (keepAlive) keepAlive.ref();
    else keepAlive = setInterval(() => {}, LONGEST_INTERVAL_MS);
  }
  pending.set(id, entry);
}

function end(id) {
  pending.delete(id);
  if (pending.size === 0) keepAlive?.unref();
}

/** A client of the native half; it lives as long as this object. */
class Handle {
  #isClosed = false;
  /** What ends the calls whose inputs are read, and wakes the batches that wait. */
  #endings = new Set();
  #orders;

  constructor(config, onEvent, providers, settled) {
    this.id = ++lastClient;
    this.onEvent = onEvent;
    this.isPublished = EVENTS.hasSubscribers;
    this.providers = providers;
    settled(library.open(this.id, config, this.isObserved, Object.keys(providers)));
    clients.set(this.id, new WeakRef(this));
    collected.register(this, this.id);
  }

  close() {
    this.#isClosed = true;
    for (const end of this.#endings) end();
    library.close(this.id);
  }

  /** Whether events are told, each in the context of its call. */
  get isObserved() {
    return this.onEvent !== undefined || this.isPublished;
  }

  get isClosed() {
    return this.#isClosed;
  }

  /** Has `closed()` called when it is closed; returns what takes that back. */
  onClose(closed) {
    this.#endings.add(closed);
    return () => this.#endings.delete(closed);
  }

  /** Has `ended(error)` called when a call is to end whose input is read; returns what takes that back. */
  onEnd(signal, ended) {
    const end = (kind, message, options) => ended(new CardwireError(message, { kind }, options));
    const cancelled = () => end('cancelled', 'the call was cancelled', { cause: signal.reason });
    const closed = () => end('cancelled', 'the client was closed during the call');
    if (this.#isClosed) end('closed', 'the client was closed');
    else if (signal?.aborted) cancelled();
    const unlisten = [onAbort(signal, cancelled), this.onClose(closed)];
    return () => unlisten.forEach((take) => take());
  }

  /**
   * Makes a call. `start(library, client, call, options)` hands it to the native half.
   */
  call(given, start) {
    // Most calls want nothing of their own, and are spared an object of the native half.
    if (given === NO_OPTIONS && !this.isObserved) {
      return begun(this, (id) => start(library, this.id, id, undefined));
    }
    let unlisten;
    const ended = begun(this, (id) => {
      const made = optionsOf(given, id);
      unlisten = made.unlisten;
      start(library, this.id, id, made.options);
    });
    return given.signal ? ended.finally(unlisten) : ended;
  }

  /** Makes a batch: `begin(library, client, batch, options, concurrency)` has the native half make it. */
  batch(given, begin) {
    return new Batch(this, given, begin);
  }

  /** What the table of prefixes says of a card number, as JSON. */
  lookupIssuer(cardNumber) {
    return library.lookupIssuer(this.id, cardNumber);
  }

  /** The state of each account, as JSON. */
  health() {
    return library.health(this.id);
  }

  /** The orders of its journal: one object, since each has threads of its own. */
  orders() {
    this.#orders ??= new Orders(this, library.orders(this.id));
    return this.#orders;
  }
}

/**
 * The native half's options; their calls end with the signal, which `cancelled` is then told. The events of the calls
 * are told with the number `context`.
 */
function optionsOf(given, context, cancelled = () => {}) {
  const { vendors, orderId, reference, userId, skipAnswered, timeoutMs, signal } = given;
  const cancellation = signal && new native.Cancellation();
  if (signal?.aborted) cancellation.cancel();
  const unlisten = onAbort(signal, () => {
    cancellation.cancel();
    cancelled();
  });
  const options = new native.Options(
    vendors,
    orderId,
    reference,
    userId,
    skipAnswered,
    timeoutMs,
    cancellation,
    context,
  );
  return { options, unlisten };
}

/** A batch of the native half. The process waits for its calls. */
class Batch {
  #id;
  #native;
  #entry;
  #unlisten;

  constructor(owner, given, begin) {
    lastCall = (lastCall + 1) >>> 0;
    this.#id = lastCall;
    const { options, unlisten } = optionsOf(given, this.#id, () => this.wake());
    this.#unlisten = unlisten;
    this.#native = begin(library, owner.id, this.#id, options, given.concurrency);
    this.#entry = { owner, ended: () => this.#ended() };
    if (owner.isObserved) {
      contexts.set(this.#id, resourceOf(owner));
      left.register(this, this.#id);
    }
  }

  /** Keeps the process as long as inputs are on their way. */
  #hold() {
    if (this.#native.isBusy()) begin(this.#id, this.#entry);
    else end(this.#id);
  }

  #ended() {
    this.#hold();
    this.wake();
  }

  step() {
    return this.#native.step();
  }

  accept() {
    return this.#native.accept();
  }

  /** Starts the call of an input, as `start(target, index, orderId, reference)`. */
  put(start, index, orderId, reference) {
    start(this.#native, index, orderId, reference);
    this.#hold();
    // Of a call that cannot begin nobody is told.
    this.wake();
  }

  refuse(index) {
    this.#native.refuse(index);
    this.#hold();
  }

  endInputs() {
    this.#native.endInputs();
  }

  /** Returns what comes next: the number of an input, and its result or its error, as `read(answer)` makes it. */
  take(read) {
    // The events of a call come before its result.
    if (this.#entry.owner.isObserved) tellAll();
    const [message] = taken(this.#native);
    const index = message[1];
    try {
      return Object.freeze({ index, result: read(answerOf(message)), error: null });
    } catch (error) {
      return Object.freeze({ index, result: null, error });
    }
  }

  /** Is kept when there may be something to do, or the client is closed. */
  woken() {
    return new Promise((resolve) => {
      const forget = this.#entry.owner.onClose(() => this.wake());
      this.wake = () => {
        forget();
        resolve();
      };
    });
  }

  wake() {}

  get clientIsClosed() {
    return this.#entry.owner.isClosed;
  }

  close() {
    this.#unlisten();
    this.#native.close();
    this.#hold();
  }
}

/** Keeps the asynchronous context of a call for its events, where anybody is told of them. */
function resourceOf(owner) {
  return owner?.isObserved ? new AsyncResource('cardwire.call') : undefined;
}

/** Returns a promise of the end of the call that `start(id)` starts. `owner` is held until then. */
function begun(owner, start) {
  lastCall = (lastCall + 1) >>> 0;
  const id = lastCall;
  return new Promise((resolve, reject) => {
    begin(id, { owner, resource: resourceOf(owner), resolve, reject });
    try {
      start(id);
    } catch (cause) {
      end(id);
      reject(new CardwireError('the native half refused the call', { kind: 'internal' }, { cause }));
    }
  });
}

/** The orders of a journal: what its questions answer. */
class Orders {
  #owner;
  #native;

  constructor(owner, native) {
    this.#owner = owner;
    this.#native = native;
  }

  /** Those of a file. */
  static async open(path) {
    const orders = new Orders(undefined, library.journal());
    await orders.ask((native, id) => native.open(id, path));
    return orders;
  }

  /** Asks the native half: `ask(native, id)`. */
  async ask(ask) {
    const answer = await begun(this.#owner ?? this, (id) => ask(this.#native, id));
    return translated(answer.read());
  }

  close() {
    this.#native.close();
  }
}

module.exports = { Handle, Orders };
