import io.cardwire.CallOptions;
import io.cardwire.CallResult;
import io.cardwire.Cardholder;
import io.cardwire.CardwireException;
import io.cardwire.Client;
import io.cardwire.Image;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The Java library as a subject of the conformance suite; the protocol is that of the suite's `Driver`. */
public final class Driver {
    private Driver() {}

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
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
        return options;
    }
}
