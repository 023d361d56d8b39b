package io.cardwire;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Code of the program that gives an account's credentials: a company's token service, keys from a vault,
 * temporary keys. The configuration names it, {@code {"provider": NAME}}, and
 * {@link Client.Builder#provider} gives it.
 *
 * <p>Of many calls that wait, one asks, on a thread that nothing else waits for. Its exception is the
 * cause of exceptions of the kind {@link Kind#CREDENTIALS_UNAVAILABLE}. It must not wait for a call to the
 * account that it is asked for.
 */
@FunctionalInterface
public interface CredentialProvider {
    /**
     * Answers a question.
     *
     * @param ask which secrets of which account, and why
     * @return the credentials
     * @throws Exception why there are none
     */
    Credentials provide(CredentialAsk ask) throws Exception;

    /**
     * Makes a provider that answers later. No thread waits for it, nor does {@link Client#close}.
     *
     * @param provider gives a stage that ends with the credentials
     * @return the provider
     */
    static CredentialProvider ofAsync(Function<CredentialAsk, ? extends CompletionStage<Credentials>> provider) {
        return new Providers.Later(provider);
    }
}
