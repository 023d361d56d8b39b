'use strict';

const read = require('./arguments.js');
const { discarded } = require('./images.js');
const { CardwireError } = require('./errors.js');
const { className } = require('./values.js');

/**
 * Works through inputs as a batch asks for them, and gives its results. `begin()` makes the batch and
 * `starting(input)` what starts the call of an input.
 */
function batch(...given) {
  const consumer = { left: false, wake() {} };
  const results = resultsOf(consumer, ...given);
  // A generator does neither before what it awaits has come.
  for (const name of ['return', 'throw']) {
    const inherited = results[name];
    const value = (value) => {
      consumer.left = true;
      consumer.wake();
      return inherited.call(results, value);
    };
    Object.defineProperty(results, name, { value, configurable: true, writable: true });
  }
  return results;
}

async function* resultsOf(consumer, begin, { iterate, isAsync }, signal, starting, Type) {
  const calls = begin();
  const iterator = iterate();
  const refused = [];
  let pulling = false;
  /** True while an input is awaited that may never come. */
  let isAwaited = false;
  let exhausted = false;
  let failure;
  consumer.wake = () => calls.wake();

  async function pull() {
    pulling = true;
    isAwaited = isAsync;
    try {
      const step = await iterator.next();
      if (Object(step) !== step) throw new TypeError(`an iterator's next() must give an object, not ${className(step)}`);
      if (step.done) {
        exhausted = true;
      } else {
        const { value } = step;
        // A plain iterable may hold promises, as in `for await`.
        if (typeof value?.then === 'function') {
          isAwaited = true;
          calls.wake();
        }
        put(await value);
      }
    } catch (error) {
      exhausted = true;
      failure ??= { error };
    } finally {
      pulling = isAwaited = false;
      if (exhausted) calls.endInputs();
      calls.wake();
    }
  }

  /** Takes no more inputs, nor the one that is awaited. */
  function giveUp() {
    failure ??= { error: new CardwireError('the client was closed', { kind: 'closed' }) };
    calls.endInputs();
  }

  async function put(given) {
    const index = calls.accept();
    if (index === null) {
      // It came too late: nobody will read it.
      discarded(given?.input ?? given).catch(() => {});
      return;
    }
    try {
      const { input, orderId, reference } = read.batchInput(given);
      const start = starting(input);
      calls.put(typeof start === 'function' ? start : await start, index, orderId, reference);
    } catch (error) {
      calls.refuse(index);
      refused.push(Object.freeze({ index, result: null, error }));
      calls.wake();
    }
  }

  const result = (answer) => new Type(answer.read(signal), answer);

  try {
    while (!consumer.left) {
      if (isAwaited && calls.clientIsClosed) giveUp();
      if (refused.length > 0) {
        yield refused.shift();
        continue;
      }
      const step = calls.step();
      if (step === 'ask' && isAsync && calls.clientIsClosed) giveUp();
      else if (step === 'ask') pull();
      else if (step === 'give') yield calls.take(result);
      else if (step === 'wait') await calls.woken();
      else break;
    }
    // What was in flight when the inputs failed has been handed over: it may be billed.
    if (failure && !consumer.left) throw failure.error;
  } finally {
    calls.close();
    if (!exhausted) await abandoned(iterator, pulling);
  }
}

/** Tells the inputs that no more are wanted. One that is still making an input is not waited for. */
async function abandoned(iterator, pulling) {
  const ended = Promise.resolve(iterator.return?.());
  if (pulling) ended.catch(() => {});
  else await ended;
}

module.exports = { batch };
