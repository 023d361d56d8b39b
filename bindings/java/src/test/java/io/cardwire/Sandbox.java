package io.cardwire;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The vendors on loopback: one process for all tests, which ends with this one, and those of a test's own. The sandbox of
 * cardwire-testing cannot serve here: that artifact is built with the jar under test.
 */
final class Sandbox implements AutoCloseable {
    static final String CARD = "6222020000000000000";
    static final String NAME = "张三";
    static final String ID = "110101190001010014";
    static final Path IMAGES = Path.of("../../tests/images");

    private static final Sandbox INSTANCE = new Sandbox();

    private final Process process;
    private final String config;
    private final String admin;
    private final HttpClient http = HttpClient.newHttpClient();

    /** A sandbox of a test's own. */
    Sandbox(String... arguments) {
        String program = System.getenv("CARDWIRE_SANDBOX");
        List<String> command = new ArrayList<>();
        command.add(program == null ? "../../target/debug/cardwire-sandbox" : program);
        command.add("--exit-with-stdin");
        command.addAll(List.of(arguments));
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            // What is sent again is tested elsewhere; a dead token is replaced here too.
            config = "{\"retry\":{\"attempts\":2,\"breaker\":false}," + out.readLine().substring(1);
            admin = out.readLine().substring("admin ".length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The sandbox with nothing scripted and an empty ledger. */
    static Sandbox fresh() {
        INSTANCE.post("/reset", "{}");
        return INSTANCE;
    }

    String config() {
        return config;
    }

    /** A configuration of these accounts alone, in this order: vendors, or names of {@code GET /credentials}. */
    JsonObject configFor(String... accounts) {
        JsonObject document = JsonParser.parseString(config).getAsJsonObject();
        JsonObject named = get("/credentials").getAsJsonObject();
        for (JsonElement entry : document.getAsJsonArray("vendors")) {
            named.add(entry.getAsJsonObject().get("vendor").getAsString(), entry);
        }
        JsonArray chosen = new JsonArray();
        for (String account : accounts) {
            chosen.add(named.getAsJsonObject(account));
        }
        document.add("vendors", chosen);
        return document;
    }

    /** A client of these vendors alone, in this order, or of all. */
    Client client(String... vendors) {
        return Client.fromJson(vendors.length == 0 ? config : configFor(vendors).toString());
    }

    /** Queues what the sandbox does with requests to come; {@code times} 0 is for all of them. */
    void script(String vendor, String operation, int times, String action) {
        post(
                "/script",
                "{\"vendor\":\"%s\",\"operation\":\"%s\",\"times\":%d,\"do\":%s}"
                        .formatted(vendor, operation, times, action));
    }

    /** Requests of this vendor are read and never answered. */
    void silence(String vendor, String operation) {
        script(vendor, operation, 0, "{\"fault\":{\"kind\":\"never_answer\"}}");
    }

    JsonObject counts(String vendor) {
        return get("/counts").getAsJsonObject().getAsJsonObject(vendor);
    }

    long connections() {
        long sum = 0;
        for (JsonElement counts : get("/counts").getAsJsonObject().asMap().values()) {
            sum += counts.getAsJsonObject().get("connections").getAsLong();
        }
        return sum;
    }

    /** Waits until the vendor has read this many whole requests. */
    void awaitRequests(String vendor, int complete) throws InterruptedException {
        for (int i = 0; i < 500 && counts(vendor).get("complete").getAsInt() < complete; i++) {
            Thread.sleep(10);
        }
    }

    JsonElement get(String path) {
        return exchange(HttpRequest.newBuilder(URI.create(admin + path)).GET());
    }

    JsonElement post(String path, String body) {
        return exchange(
                HttpRequest.newBuilder(URI.create(admin + path))
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
    }

    private JsonElement exchange(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() != 200) {
                throw new IllegalStateException(response.body());
            }
            return JsonParser.parseString(response.body());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] photo(String name) {
        try {
            return Files.readAllBytes(IMAGES.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
