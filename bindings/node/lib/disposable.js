'use strict';

/** Lets `using` close the objects of a class. */
function disposable({ prototype }) {
  // Node 18 before 18.18 has no `using` and no symbol for it.
  if (!Symbol.dispose) return;
  Object.defineProperty(prototype, Symbol.dispose, {
    value() {
      this.close();
    },
    configurable: true,
    writable: true,
  });
}

module.exports = { disposable };
