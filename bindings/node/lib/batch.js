'use strict';

const read = require('./arguments.js');
const { className } = require('./values.js');

/**
 * Works through inputs as a batch asks for them, and gives its results. `begin()` makes the batch and
 * `starting(input)` what starts the call of an input.
 */
async function* batch(begin, makeIterator, signal, starting, Type) {
  const calls = begin();
  const iterator = makeIterator();
  const refused = [];
  let pulling = false;
  let exhausted = false;
  let failure;

  async function pull() {
    pulling = true;
    try {
      const step = await iterator.next();
      if (Object(step) !== step) throw new TypeError(`an iterator's next() must give an object, not ${className(step)}`);
      // A plain iterable may hold promises, as in `for await`.
      if (step.done) exhausted = true;
      else put(await step.value);
    } catch (error) {
      exhausted = true;
      failure = { error };
    } finally {
      pulling = false;
      if (exhausted) calls.endInputs();
      calls.wake();
    }
  }

  async function put(given) {
    const index = calls.accept();
    if (index === null) return;
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
    for (;;) {
      if (refused.length > 0) {
        yield refused.shift();
        continue;
      }
      const step = calls.step();
      if (step === 'ask') pull();
      else if (step === 'give') yield calls.take(result);
      else if (step === 'wait') await calls.woken();
      else break;
    }
    // What was in flight when the inputs failed has been handed over: it may be billed.
    if (failure) throw failure.error;
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
