/**
 * Bank-card recognition and cardholder verification over the vendors that businesses in China use: the package
 * {@link io.cardwire}.
 */
module io.cardwire {
    requires com.google.gson;
    requires com.sun.jna;
    requires static transitive org.jspecify;
    // What the classes for telemetry need: a program that uses them requires it itself.
    requires static io.opentelemetry.api;
    requires static io.opentelemetry.context;
    requires static org.slf4j;

    exports io.cardwire;

    // It calls back what is not exported.
    opens io.cardwire to
            com.sun.jna;
}
