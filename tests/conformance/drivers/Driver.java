import io.cardwire.Batch;
import io.cardwire.BatchInput;
import io.cardwire.BatchItem;
import io.cardwire.BatchOptions;
import io.cardwire.CallOptions;
import io.cardwire.CallResult;
import io.cardwire.Cancellation;
import io.cardwire.CardNumberCheck;
import io.cardwire.Cardholder;
import io.cardwire.CardwireException;
import io.cardwire.Checks;
import io.cardwire.Client;
import io.cardwire.IdNumberCheck;
import io.cardwire.Image;
import io.cardwire.ImageCheck;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
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
            String[] fields = line.split("\t", -1);
            Map<String, String> values = new HashMap<>();
            for (int i = 1; i < fields.length; i++) {
                field(fields[i], values);
            }
            try {
                if (fields[0].equals("open")) {
                    if (client != null) {
                        client.close();
                    }
                    client = Client.fromJson(values.get("config"));
                    out.print("opened\n");
                } else {
                    out.print("ok\t" + answer(client, fields[0], values) + "\n");
                }
            } catch (CardwireException e) {
                out.print("error\t" + e.toJson() + "\n");
            }
            out.flush();
        }
    }

    /** Reads {@code name=text}, {@code name:bytes=hex} or {@code name:units=hex}. */
    private static void field(String text, Map<String, String> values) {
        int equals = text.indexOf('=');
        String[] name = text.substring(0, equals).split(":");
        String value = text.substring(equals + 1);
        if (name.length > 1) {
            byte[] bytes = HexFormat.of().parseHex(value);
            if (name[1].equals("bytes")) {
                value = new String(bytes, StandardCharsets.UTF_8);
            } else {
                char[] units = new char[bytes.length / 2];
                ByteBuffer.wrap(bytes).asCharBuffer().get(units);
                value = new String(units);
            }
        }
        values.put(name[0], value);
    }

    private static String answer(Client client, String operation, Map<String, String> values)
            throws IOException {
        switch (operation) {
            case "check_card_number" -> {
                CardNumberCheck check = Checks.cardNumber(values.get("card_number"));
                return "{\"well_formed\":" + check.wellFormed() + ",\"luhn\":" + check.luhn() + "}";
            }
            case "check_id_number" -> {
                IdNumberCheck check = Checks.idNumber(values.get("id_number"));
                return "{\"well_formed\":" + check.wellFormed() + ",\"checksum\":" + check.checksum()
                        + ",\"birth_date\":" + check.birthDate() + "}";
            }
            case "check_image", "look_at_image" -> {
                byte[] photo = Files.readAllBytes(Path.of(values.get("bytes")));
                ImageCheck check = Checks.image(photo, operation.equals("look_at_image"));
                String look = check.look() == null ? "null" : "\"" + check.look().slug() + "\"";
                return "{\"width\":" + check.width() + ",\"height\":" + check.height() + ",\"look\":" + look + "}";
            }
            default -> {
                return call(client, operation, values).toJson();
            }
        }
    }

    private static void render(BufferedReader in, PrintStream out) throws IOException {
        Client client = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            Map<String, String> values = new HashMap<>();
            for (int i = 1; i < fields.length; i++) {
                field(fields[i], values);
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
                                        .config(values.get("config"))
                                        .onEvent(event -> out.print(event + " " + event.attributes() + "\n"))
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
                        out.print(client.health() + "\n");
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

    private static CallResult call(Client client, String operation, Map<String, String> values)
            throws IOException {
        CallOptions options = options(operation, values);
        return switch (operation) {
            case "recognize" -> client.recognize(image(values), options);
            case "verify" -> client.verify(cardholder(values), options);
            case "lookup_card" -> client.lookupCard(values.getOrDefault("card_number", ""), options);
            case "fetch_order" -> client.fetchOrder(values.getOrDefault("order_id", ""), options);
            case "recognize_many" -> only(client.recognizeMany(List.of(numbered(image(values), values)), batch(options, values)));
            case "verify_many" -> only(client.verifyMany(List.of(numbered(cardholder(values), values)), batch(options, values)));
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private static BatchOptions batch(CallOptions options, Map<String, String> values) {
        BatchOptions batch = BatchOptions.defaults().withCall(options);
        String concurrency = values.get("concurrency");
        return concurrency == null ? batch : batch.withConcurrency(Integer.parseInt(concurrency));
    }

    /** The input of a batch, with the order number of its call. */
    private static <I> BatchInput<I> numbered(BatchInput<I> input, Map<String, String> values) {
        String orderId = values.get("order_id");
        return orderId == null ? input : input.withOrderId(orderId);
    }

    /** The result of a batch of one. */
    private static <T> T only(Batch<T> batch) {
        try (batch) {
            BatchItem<T> item = batch.next();
            if (batch.hasNext()) {
                throw new IllegalStateException("a batch of one gives two results");
            }
            if (item.error() != null) {
                throw item.error();
            }
            return item.result();
        }
    }

    private static Image image(Map<String, String> values) throws IOException {
        if (values.containsKey("bytes")) {
            return Image.bytes(Files.readAllBytes(Path.of(values.get("bytes"))));
        }
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
