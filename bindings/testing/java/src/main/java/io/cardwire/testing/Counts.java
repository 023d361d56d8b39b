package io.cardwire.testing;

/**
 * The totals of a vendor since the last reset.
 *
 * @param requests requests begun
 * @param executed requests whose work was done
 * @param billed requests billed
 */
public record Counts(long requests, long executed, long billed) {}
