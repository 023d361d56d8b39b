package io.cardwire.testing;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.cardwire.Client;
import io.cardwire.Vendor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The vendors on this machine, as a process that ends with this one. {@link SandboxExtension} gives one to tests of
 * JUnit.
 *
 * <p>The process is {@code cardwire sandbox}. The command is the one that the system property {@code cardwire.program}
 * names, else the one in this jar, else the one on the {@code PATH}; without the property, the variable {@code
 * CARDWIRE_SANDBOX} may name the sandbox's own program.
 */
public final class Sandbox implements AutoCloseable {
    /** The system property that names the command. */
    public static final String PROGRAM = "cardwire.program";

    private static final Gson GSON =
            new GsonBuilder()
                    .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                    .registerTypeAdapter(Vendor.class, new VendorNames())
                    .create();

    private final Command command;
    private final Process process;
    private final String config;
    private final String adminUrl;
    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * Starts a sandbox.
     *
     * @param options those of {@code cardwire sandbox}
     * @throws SandboxException where it does not start
     */
    public Sandbox(String... options) {
        List<String> told = new ArrayList<>(List.of("--exit-with-stdin"));
        told.addAll(List.of(options));
        command = Command.find();
        process = command.start(told);
        try {
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            config = configuration(out.readLine());
            adminUrl = address(out.readLine());
        } catch (IOException e) {
            process.destroyForcibly();
            throw notStarted(e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    static SandboxException notStarted(String why, @Nullable Throwable cause) {
        return new SandboxException("the sandbox did not start: " + why, cause);
    }

    /** Returns the first line of the process, a JSON object. */
    private String configuration(@Nullable String line) {
        if (line == null) {
            throw notStarted("it ended with " + ended(process), null);
        }
        try {
            if (JsonParser.parseString(line).isJsonObject()) {
                return line;
            }
        } catch (JsonParseException e) {
            throw notStarted("its first line is no JSON", e);
        }
        throw notStarted("its first line is no JSON object", null);
    }

    /** Returns the address in the second line of the process. */
    private static String address(@Nullable String line) {
        if (line == null || !line.startsWith("admin ")) {
            throw notStarted("it printed no address of an admin interface", null);
        }
        return line.substring("admin ".length());
    }

    private static int ended(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static SandboxException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new SandboxException("the thread was interrupted", e);
    }

    /** {@return a configuration with an account of every vendor, as JSON} */
    public String config() {
        return config;
    }

    /**
     * Makes a configuration with accounts of some vendors alone.
     *
     * @param vendors the vendors, in the order of their accounts
     * @return the configuration, as JSON
     * @throws SandboxException where the sandbox does not have one of them
     */
    public String configFor(Vendor... vendors) {
        JsonObject document = JsonParser.parseString(config).getAsJsonObject();
        Map<String, JsonElement> entries = new LinkedHashMap<>();
        for (JsonElement entry : document.getAsJsonArray("vendors")) {
            entries.put(entry.getAsJsonObject().get("vendor").getAsString(), entry);
        }
        JsonArray chosen = new JsonArray();
        for (Vendor vendor : vendors) {
            JsonElement entry = entries.get(vendor.slug());
            if (entry == null) {
                throw unknown(vendor, entries.keySet());
            }
            chosen.add(entry);
        }
        document.add("vendors", chosen);
        return document.toString();
    }

    /**
     * Makes a client.
     *
     * @param vendors the vendors of which it has accounts, in this order; of all where none is named
     * @return a client, which the caller closes
     * @throws SandboxException where the sandbox does not have one of them
     */
    public Client client(Vendor... vendors) {
        return Client.fromJson(vendors.length == 0 ? config : configFor(vendors));
    }

    /** {@return the address of the admin interface; in a browser, of the page that shows what the sandbox saw} */
    public URI adminUrl() {
        return URI.create(adminUrl);
    }

    /**
     * Has the next request of a vendor answered with a code, in the vendor's own form.
     *
     * @param vendor the vendor
     * @param code the code
     */
    public void answerNext(Vendor vendor, String code) {
        JsonObject action = new JsonObject();
        action.addProperty("code", code);
        script(vendor, "any", 1, action.toString());
    }

    /**
     * Has the next request of a vendor meet a fault of the connection.
     *
     * @param vendor the vendor
     * @param fault the name of the fault, such as {@code reset_after_read}
     * @param number its number: milliseconds or bytes, as the fault has it, or 0
     */
    public void failNext(Vendor vendor, String fault, long number) {
        JsonObject kind = new JsonObject();
        kind.addProperty("kind", fault);
        kind.addProperty("n", number);
        JsonObject action = new JsonObject();
        action.add("fault", kind);
        script(vendor, "any", 1, action.toString());
    }

    /**
     * Queues a script.
     *
     * @param vendor the vendor whose requests meet it
     * @param operation which of them: {@code any}, {@code recognize}, {@code verify}, {@code token}, ...
     * @param times how many; 0 is all until the next reset
     * @param action what they meet, as the JSON of a script's {@code do}
     */
    public void script(Vendor vendor, String operation, int times, String action) {
        JsonObject script = new JsonObject();
        script.addProperty("vendor", vendor.slug());
        script.addProperty("operation", operation);
        script.addProperty("times", times);
        script.add("do", JsonParser.parseString(action));
        post("/script", script.toString());
    }

    /** {@return every request since the last reset, oldest first} */
    public List<LedgerEntry> ledger() {
        return List.of(GSON.fromJson(text(get("/ledger")), LedgerEntry[].class));
    }

    /**
     * Returns the requests of a vendor.
     *
     * @param vendor the vendor
     * @return its requests since the last reset, oldest first
     */
    public List<LedgerEntry> ledger(Vendor vendor) {
        return ledger().stream().filter(entry -> entry.vendor() == vendor).toList();
    }

    /** {@return the totals since the last reset, by vendor} */
    public Map<Vendor, Counts> counts() {
        Map<Vendor, Counts> counts = new EnumMap<>(Vendor.class);
        JsonParser.parseString(text(get("/counts")))
                .getAsJsonObject()
                .asMap()
                .forEach((vendor, total) -> counts.put(VendorNames.find(vendor), GSON.fromJson(total, Counts.class)));
        return counts;
    }

    /**
     * Returns the totals of a vendor.
     *
     * @param vendor the vendor
     * @return its totals since the last reset
     * @throws SandboxException where the sandbox does not have the vendor
     */
    public Counts counts(Vendor vendor) {
        Map<Vendor, Counts> all = counts();
        Counts found = all.get(vendor);
        if (found == null) {
            throw unknown(vendor, all.keySet().stream().map(Vendor::slug).toList());
        }
        return found;
    }

    private static SandboxException unknown(Vendor vendor, Collection<String> vendors) {
        String has = String.join(", ", vendors);
        return new SandboxException("the sandbox has no vendor %s: it has %s".formatted(vendor.slug(), has), null);
    }

    /** {@return the number of calls that the vendors billed since the last reset} */
    public long billed() {
        return counts().values().stream().mapToLong(Counts::billed).sum();
    }

    /**
     * Changes settings.
     *
     * @param changes the settings to change, as a JSON object
     */
    public void settings(String changes) {
        post("/settings", changes);
    }

    /** {@return a photo of an invented card, a JPEG, in which every vendor of the sandbox reads what is printed on it} */
    public byte[] cardPhoto() {
        return cardPhoto(Map.of());
    }

    /**
     * Makes a photo of an invented card in which the vendors read other facts.
     *
     * @param facts {@code number}, {@code issuer}, {@code name}, {@code kind}, {@code valid}, {@code clarity}, {@code
     *     warnings}, or {@code answer}: the code that is answered instead, one for all vendors or a map of them by vendor
     * @return the photo, a JPEG
     */
    public byte[] cardPhoto(Map<String, ?> facts) {
        return post("/photo", GSON.toJson(facts));
    }

    /** Has it forget everything: ledger, scripts, tokens, orders, quotas and changed settings. */
    public void reset() {
        post("/reset", "{}");
    }

    /** Ends the process and waits for its end. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor();
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
        command.close();
    }

    private byte[] get(String path) {
        return exchange(request(path).GET());
    }

    private byte[] post(String path, String body) {
        return exchange(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(adminUrl + path));
    }

    private byte[] exchange(HttpRequest.Builder request) {
        HttpResponse<byte[]> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new SandboxException("the sandbox does not answer", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (response.statusCode() != 200) {
            JsonObject refusal = JsonParser.parseString(text(response.body())).getAsJsonObject();
            throw new SandboxException(refusal.get("error").getAsString(), null);
        }
        return response.body();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The vendors by their names in JSON. */
    private static final class VendorNames extends TypeAdapter<Vendor> {
        static Vendor find(String name) {
            for (Vendor vendor : Vendor.values()) {
                if (vendor.slug().equals(name)) {
                    return vendor;
                }
            }
            throw new SandboxException("the sandbox has a vendor that this library has not: " + name, null);
        }

        @Override
        public void write(JsonWriter out, @Nullable Vendor vendor) throws IOException {
            out.value(vendor == null ? null : vendor.slug());
        }

        @Override
        public Vendor read(JsonReader in) throws IOException {
            return find(in.nextString());
        }
    }

    /** Shows its address. */
    @Override
    public String toString() {
        return "Sandbox[" + adminUrl + "]";
    }
}
