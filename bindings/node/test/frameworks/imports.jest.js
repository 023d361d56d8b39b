'use strict';

// Under jest, without its globals.

const hooks = require('@jest/globals');
const { useSandbox } = require('cardwire/testing');

const sandbox = useSandbox(hooks);

hooks.test('the hooks of the module are taken', async () => {
  hooks.expect((await sandbox.counts('wechat')).requests).toBe(0);
});
