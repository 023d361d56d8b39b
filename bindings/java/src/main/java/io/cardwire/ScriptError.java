package io.cardwire;

/**
 * A call that a {@link Script} has no answer for: there is none left, or the next one is the result of another operation.
 * It is no {@link CardwireException}, so that a program that handles those does not hide it.
 */
public final class ScriptError extends AssertionError {
    private static final long serialVersionUID = 1;

    ScriptError(String message) {
        super(message);
    }
}
