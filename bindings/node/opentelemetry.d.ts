import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { ClientEvent } from './index.js';

export interface OpenTelemetryOptions {
  /** By default the global one. */
  tracerProvider?: TracerProvider | undefined;
  /** By default the global one. */
  meterProvider?: MeterProvider | undefined;
}

/**
 * Returns a listener that makes spans and metrics of the events of a client, or of several, as their `onEvent`. It needs
 * the package `@opentelemetry/api`.
 *
 * Each call is a span of the kind CLIENT, `cardwire.recognize` and so on, whose parent is the span that is active where
 * the call is made. Each request to a vendor is a span `cardwire.attempt` in it, and what else happens, such as a refusal
 * or a token, is an event of the call's span. `cardwire.call.duration` is a histogram of seconds, and
 * `cardwire.attempts.billed` counts requests that are billed or may be.
 */
export function openTelemetry(options?: OpenTelemetryOptions): (event: ClientEvent) => void;
