import io.cardwire.CallOptions;
import io.cardwire.CallResult;
import io.cardwire.Cancellation;
import io.cardwire.Cardholder;
import io.cardwire.CardwireException;
import io.cardwire.Client;
import io.cardwire.Image;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The Java library as a subject of the conformance suite; the protocol is that of the suite's `Driver`. With
 * --render it answers with everything that Java shows of a result, an error or an event, which is what ends in
 * logs, and then "done".
 */
public final class Driver {
    private Driver() {}

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (arguments.length > 0 && arguments[0].equals("--render")) {
            render(in, out);
            return;
        }
        Client client = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t");
            Map<String, String> values = new HashMap<>();
            for (int i = 1; i < fields.length; i++) {
                int equals = fields[i].indexOf('=');
                values.put(fields[i].substring(0, equals), fields[i].substring(equals + 1));
            }
            try {
                if (fields[0].equals("open")) {
                    if (client != null) {
                        client.close();
                    }
                    client = Client.fromJson(Files.readString(Path.of(values.get("config"))));
                    out.print("opened\n");
                } else {
                    out.print("ok\t" + call(client, fields[0], values).toJson() + "\n");
                }
            } catch (CardwireException e) {
                out.print("error\t" + e.toJson() + "\n");
            }
            out.flush();
        }
    }

    private static void render(BufferedReader in, PrintStream out) throws IOException {
        Client client = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t");
            Map<String, String> values = new HashMap<>();
            for (int i = 1; i < fields.length; i++) {
                int equals = fields[i].indexOf('=');
                values.put(fields[i].substring(0, equals), fields[i].substring(equals + 1));
            }
            try {
                switch (fields[0]) {
                    case "open" -> {
                        if (client != null) {
                            client.close();
                        }
                        client = null;
                        client =
                                Client.builder()
                                        .config(Files.readString(Path.of(values.get("config"))))
                                        .onEvent(event -> out.print(event + "\n"))
                                        .build();
                        out.print(client + "\n");
                    }
                    case "leak" -> {
                        byte[] content = Files.readAllBytes(Path.of(values.get("file")));
                        out.write(content);
                        System.err.write(content);
                        System.err.flush();
                        out.print("\n");
                    }
                    case "fail" -> throw new IllegalStateException(values.get("text"));
                    default -> {
                        out.print(cardholder(values) + " " + image(values) + "\n");
                        CallResult result = call(client, fields[0], values);
                        out.print(result + " " + List.of(result) + " " + result.attempts() + "\n");
                    }
                }
            } catch (RuntimeException e) {
                if (values.containsKey("uncaught")) {
                    throw e;
                }
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                e.printStackTrace();
                out.print(e + "\n" + e.getMessage() + "\n" + e.getLocalizedMessage() + "\n" + trace + "\n");
                if (e instanceof CardwireException error) {
                    out.print(error.toJson() + "\n" + error.attempts() + "\n");
                }
            }
            out.print("done\n");
            out.flush();
        }
    }

    private static CallResult call(Client client, String operation, Map<String, String> values) {
        CallOptions options = options(operation, values);
        return switch (operation) {
            case "recognize" -> client.recognize(image(values), options);
            case "verify" -> client.verify(cardholder(values), options);
            case "lookup_card" -> client.lookupCard(values.getOrDefault("card_number", ""), options);
            case "fetch_order" -> client.fetchOrder(values.getOrDefault("order_id", ""), options);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private static Image image(Map<String, String> values) {
        String file = values.get("file");
        return file != null ? Image.path(Path.of(file)) : Image.url(values.getOrDefault("url", ""));
    }

    private static Cardholder cardholder(Map<String, String> values) {
        return new Cardholder(
                values.getOrDefault("card_number", ""),
                values.getOrDefault("name", ""),
                values.get("id_number"),
                values.get("phone"));
    }

    private static CallOptions options(String operation, Map<String, String> values) {
        CallOptions options = CallOptions.defaults();
        if (values.containsKey("vendor")) {
            options = options.withVendors(List.of(values.get("vendor").split(",")));
        }
        if (values.containsKey("order_id") && !operation.equals("fetch_order")) {
            options = options.withOrderId(values.get("order_id"));
        }
        if (values.containsKey("user_id")) {
            options = options.withUserId(values.get("user_id"));
        }
        if (values.containsKey("timeout_ms")) {
            options = options.withTimeout(Duration.ofMillis(Long.parseLong(values.get("timeout_ms"))));
        }
        if (values.containsKey("cancel_ms")) {
            Cancellation cancellation = new Cancellation();
            long wait = Long.parseLong(values.get("cancel_ms"));
            CompletableFuture.runAsync(
                    cancellation::cancel, CompletableFuture.delayedExecutor(wait, TimeUnit.MILLISECONDS));
            options = options.withCancellation(cancellation);
        }
        return options;
    }
}
