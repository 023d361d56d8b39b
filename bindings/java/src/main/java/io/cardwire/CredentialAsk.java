package io.cardwire;

import java.util.List;

/** A question to a provider: which secrets of which account, and why. */
public final class CredentialAsk {
    private final String vendor;
    private final String account;
    private final List<String> secrets;
    private final AskReason reason;

    CredentialAsk(String vendor, String account, List<String> secrets, AskReason reason) {
        this.vendor = vendor;
        this.account = account;
        this.secrets = List.copyOf(secrets);
        this.reason = reason;
    }

    /**
     * The vendor of the account.
     *
     * @return its name in the configuration
     */
    public String vendor() {
        return vendor;
    }

    /**
     * The account.
     *
     * @return the {@code name} of its entry in the configuration, or the vendor's name
     */
    public String account() {
        return account;
    }

    /**
     * The keys of the entry that name the provider, such as {@code access_token}: all are given at once.
     *
     * @return the keys, sorted
     */
    public List<String> secrets() {
        return secrets;
    }

    /**
     * Why it is asked.
     *
     * @return the reason
     */
    public AskReason reason() {
        return reason;
    }
}
