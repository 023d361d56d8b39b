/** A JUnit extension that plays the vendors for programs that use {@link io.cardwire}. */
module io.cardwire.testing {
    requires com.google.gson;
    requires com.sun.jna;
    requires java.net.http;
    requires transitive io.cardwire;
    requires transitive org.junit.jupiter.api;
    requires static transitive org.jspecify;

    exports io.cardwire.testing;

    // Records are made by their constructors.
    opens io.cardwire.testing to
            com.google.gson;
}
