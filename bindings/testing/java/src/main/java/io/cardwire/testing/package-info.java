/**
 * The sandbox for tests, which plays the vendors on this machine.
 *
 * <p>Results and errors that tests make are {@link io.cardwire.Answer}, and a client that asks nobody is that of a {@link
 * io.cardwire.Script}.
 */
@NullMarked
package io.cardwire.testing;

import org.jspecify.annotations.NullMarked;
