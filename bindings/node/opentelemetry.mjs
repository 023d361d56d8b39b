import bridge from './opentelemetry.js';

export const { openTelemetry } = bridge;
