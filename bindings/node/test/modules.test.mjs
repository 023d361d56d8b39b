// The ESM face of the package, and that it is the same as the CommonJS one.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esm from 'cardwire';

const cjs = createRequire(import.meta.url)('cardwire');

test('both module systems give the same things', () => {
  assert.deepEqual(Object.keys(esm).sort(), Object.keys(cjs).sort());
  for (const name of Object.keys(cjs)) assert.equal(esm[name], cjs[name], name);
});

test('the private parts are private', async () => {
  await assert.rejects(import('cardwire/lib/native.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
});
