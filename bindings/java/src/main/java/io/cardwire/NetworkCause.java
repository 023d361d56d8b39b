package io.cardwire;

import java.io.IOException;
import java.io.Serializable;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The step of the network at which a request failed.
 *
 * <p>It holds no secret and no personal datum: of an address only its host and port.
 *
 * @param step {@code resolve}, {@code connect}, {@code proxy}, {@code tls}, {@code send} or {@code receive}
 * @param host the vendor's, or the proxy's, as the configuration names it
 * @param port its port
 * @param reason in English: the operating system's, TLS's, or the proxy's status
 * @param osError the operating system's number for it, or null where the reason is not the operating system's
 */
public record NetworkCause(String step, String host, int port, String reason, @Nullable Integer osError)
        implements Serializable {
    /** Returns Java's own exception for such a step. */
    IOException asException() {
        return switch (step) {
            case "resolve" -> new UnknownHostException(toString());
            case "connect" -> osError == null
                    ? new SocketTimeoutException(toString())
                    : new ConnectException(toString());
            case "tls" -> new SSLException(toString());
            case "send", "receive" -> new SocketException(toString());
            default -> new IOException(toString());
        };
    }

    /** {@return step, host, port and reason, in one line} */
    @Override
    public String toString() {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return step + " " + shown + ":" + port + ": " + reason;
    }
}
