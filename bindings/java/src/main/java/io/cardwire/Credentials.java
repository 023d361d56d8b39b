package io.cardwire;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** The answer of a provider. Its text shows nothing of it. */
public final class Credentials {
    private final String alone;
    private final Map<String, String> named;
    private final Duration expiresIn;

    private Credentials(String alone, Map<String, String> named, Duration expiresIn) {
        this.alone = alone;
        this.named = named;
        this.expiresIn = expiresIn;
    }

    /**
     * Answers with the one secret that was asked for.
     *
     * @param secret the value
     * @return the answer
     */
    public static Credentials of(String secret) {
        return new Credentials(Objects.requireNonNull(secret, "secret"), Map.of(), null);
    }

    /**
     * Answers with values by the names that were asked for. One that the vendor can do without, such as {@code
     * token}, may be left out.
     *
     * @param secrets the values
     * @return the answer
     */
    public static Credentials of(Map<String, String> secrets) {
        return new Credentials(null, Map.copyOf(secrets), null);
    }

    /**
     * Sets an end, after which the provider is asked again; without one it is asked again only when the vendor
     * refuses them.
     *
     * @param duration how long they can be used
     * @return a new answer
     */
    public Credentials expiresIn(Duration duration) {
        return new Credentials(alone, named, Objects.requireNonNull(duration, "duration"));
    }

    /** Returns the values by name; the one without is that of the one secret. */
    Map<String, String> values(CredentialAsk ask) {
        if (alone == null) {
            return named;
        }
        if (ask.secrets().size() != 1) {
            throw new IllegalArgumentException("a provider must give " + ask.secrets() + " by name");
        }
        return Map.of(ask.secrets().get(0), alone);
    }

    Duration expiresIn() {
        return expiresIn;
    }

    @Override
    public String toString() {
        return "Credentials[***]";
    }
}
