import testing from './testing.js';

export const {
  SandboxError,
  ScriptError,
  ScriptedClient,
  cardLookup,
  error,
  order,
  recognition,
  startSandbox,
  useSandbox,
  verification,
} = testing;
