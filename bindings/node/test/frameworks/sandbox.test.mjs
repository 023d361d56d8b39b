// Under vitest, which has no globals.

import { Client } from 'cardwire';
import { ScriptedClient, useSandbox, verification } from 'cardwire/testing';
import * as hooks from 'vitest';

const { expect, test } = hooks;
const person = { cardNumber: '6222020000000000000', name: '张三', idNumber: '110101190001010014' };
const sandbox = useSandbox(hooks);

test.each(['once', 'again'])('each test has the sandbox as new: %s', async () => {
  expect(await sandbox.ledger()).toEqual([]);
  await sandbox.script('wechat', { code: '45011', times: 0 });
  const client = new Client(sandbox.config);
  expect((await client.verify(person)).outcome).toBe('match');
  expect(await sandbox.billed()).toBe(1);
});

test('a script answers', async () => {
  const client = new ScriptedClient([verification({ outcome: 'inconclusive', reason: 'card_lost' })]);
  expect((await client.verify(person)).reason).toBe('card_lost');
  await expect(client.verify(person)).rejects.toThrow('the script is at its end');
});
