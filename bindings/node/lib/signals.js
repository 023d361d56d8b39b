'use strict';

/** The calls that each signal ends. Node warns of more listeners of one signal than ten, so that each has one for all its calls. */
const listening = new WeakMap();

/** Has `end()` called when the signal aborts, unless it has already; returns what takes that back. */
function onAbort(signal, end) {
  if (!signal || signal.aborted) return () => {};
  let ends = listening.get(signal);
  if (!ends) {
    ends = new Set();
    ends.listener = () => ends.forEach((end) => end());
    listening.set(signal, ends);
    signal.addEventListener('abort', ends.listener, { once: true });
  }
  const call = () => end();
  ends.add(call);
  return () => {
    if (!ends.delete(call) || ends.size > 0) return;
    listening.delete(signal);
    signal.removeEventListener('abort', ends.listener);
  };
}

module.exports = { onAbort };
