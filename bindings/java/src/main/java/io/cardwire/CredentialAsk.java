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

    /** {@return the vendor of the account, by its name in the configuration} */
    public String vendor() {
        return vendor;
    }

    /** {@return the account: the {@code name} of its entry in the configuration, or the vendor's name} */
    public String account() {
        return account;
    }

    /**
     * {@return the keys of the entry that name the provider, such as {@code access_token}, sorted: all are given at
     * once}
     */
    public List<String> secrets() {
        return secrets;
    }

    /** {@return the reason for which it is asked} */
    public AskReason reason() {
        return reason;
    }
}
