package io.cardwire.testing;

import org.jspecify.annotations.Nullable;

/** What the sandbox refused, or why it did not start. */
public final class SandboxException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SandboxException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
