package io.cardwire.testing;

import io.cardwire.Client;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * An extension that gives tests a {@link Sandbox}, and a {@link Client} that points at it: one process for all tests, as
 * new for each of them.
 *
 * <pre>{@code
 * @ExtendWith(SandboxExtension.class)
 * class CheckoutTest {
 *     @Test
 *     void aCardIsRead(Sandbox sandbox, Client client) {
 *         client.recognize(sandbox.cardPhoto());
 *         assertEquals(1, sandbox.billed());
 *     }
 * }
 * }</pre>
 *
 * <p>Tests that share it cannot run at the same time: leave JUnit's parallel execution off for them.
 */
public final class SandboxExtension implements BeforeEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(SandboxExtension.class);

    /** Makes the extension; JUnit does. */
    public SandboxExtension() {}

    /** What JUnit closes behind the tests: before 5.13 it closes nothing else. */
    @SuppressWarnings("deprecation")
    private record Kept<T extends AutoCloseable>(T value) implements ExtensionContext.Store.CloseableResource {
        @Override
        public void close() throws Exception {
            value.close();
        }
    }

    private static Sandbox sandbox(ExtensionContext context) {
        ExtensionContext.Store store = context.getRoot().getStore(NAMESPACE);
        return (Sandbox) store.getOrComputeIfAbsent(Sandbox.class, key -> new Kept<>(new Sandbox()), Kept.class).value();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        sandbox(context).reset();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Sandbox.class || type == Client.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Sandbox sandbox = sandbox(context);
        if (parameter.getParameter().getType() == Sandbox.class) {
            return sandbox;
        }
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        return store.getOrComputeIfAbsent(Client.class, key -> new Kept<>(sandbox.client()), Kept.class).value();
    }
}
