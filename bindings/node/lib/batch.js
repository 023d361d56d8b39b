'use strict';

const native = require('./native.js');

/**
 * Works through inputs with a bounded number of calls. An input is taken only when a place is free,
 * and a place is free only once its result was taken, so that memory does not grow with the inputs.
 * `run(input, cancellation)` makes one call.
 */
async function* batch(makeIterator, run, { concurrency, signal }) {
  const cancellation = new native.Cancellation();
  const cancel = () => {
    cancellation.cancel();
    wake();
  };
  const ready = [];
  let waiting = () => {};
  const wake = () => waiting();
  let taken = 0;
  let next = 0;
  let pulling = false;
  let exhausted = false;
  let failure;

  const iterator = makeIterator();

  async function pull() {
    pulling = true;
    try {
      const step = await iterator.next();
      // A plain iterable may hold promises, as in `for await`.
      if (step.done) exhausted = true;
      else start(await step.value);
    } catch (error) {
      exhausted = true;
      failure = { error };
    } finally {
      pulling = false;
      wake();
    }
  }

  function start(input) {
    const index = next++;
    taken++;
    const done = (item) => {
      ready.push(Object.freeze(item));
      wake();
    };
    run(input, cancellation).then(
      (result) => done({ index, result, error: null }),
      (error) => done({ index, result: null, error }),
    );
  }

  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const more = !exhausted && !signal?.aborted;
      if (more && !pulling && taken < concurrency) pull();
      if (ready.length > 0) {
        const item = ready.shift();
        taken--;
        yield item;
      } else if (taken === 0 && !pulling && (exhausted || signal?.aborted)) {
        // What was in flight when the inputs failed has been handed over: it may be billed.
        if (failure) throw failure.error;
        return;
      } else {
        await new Promise((resolve) => {
          waiting = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancellation.cancel();
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
