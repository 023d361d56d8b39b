package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM ends as its program wants, whatever is in flight. */
@Timeout(120)
class EndOfProcessTest {
    /** The program: calls that nobody answers, then an end. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            Cardholder holder = Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID);
            String config = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
            Client client = Client.builder().config(config).onEvent(event -> {}).build();
            CallOptions silent = CallOptions.defaults().withVendor(Vendor.TENCENT_FACEID);
            for (int i = 0; i < 10; i++) {
                client.verifyAsync(holder, silent);
            }
            for (int i = 0; i < 2; i++) {
                Thread thread = new Thread(() -> client.verify(holder, silent));
                thread.setDaemon(true);
                // What ends with the process, or with its client, has nobody to tell.
                thread.setUncaughtExceptionHandler((caller, error) -> {});
                thread.start();
            }
            Thread.sleep(200);
            switch (arguments[0]) {
                case "return" -> {}
                case "exit" -> System.exit(7);
                case "halt" -> Runtime.getRuntime().halt(7);
                case "hook" -> {
                    Runtime.getRuntime().addShutdownHook(new Thread(client::close));
                    System.exit(7);
                }
                case "future" -> {
                    client.verifyAsync(holder, CallOptions.defaults().withVendor(Vendor.ALIYUN_YHKR))
                            .thenRun(() -> System.exit(7));
                    Thread.sleep(60_000);
                }
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"return", "exit", "halt", "hook", "future"})
    void withCallsInFlight(String how) throws Exception {
        Sandbox sandbox = Sandbox.fresh();
        sandbox.silence("tencent_faceid", "verify");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Program.class.getName(),
                                how)
                        .redirectErrorStream(true)
                        .start();
        try (var in = process.getOutputStream()) {
            in.write(sandbox.config().getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            fail("it hangs");
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String ours = said.lines().filter(line -> !line.startsWith("WARNING:")).reduce("", String::concat);
        assertEquals("", ours);
        assertEquals(how.equals("return") ? 0 : 7, process.exitValue());
    }
}
