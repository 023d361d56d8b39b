import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** One measured Java client: Peer FACE VENDOR IN_FLIGHT CALLS WARM_UP URL [CA_FILE]; FACE is httpclient or cardwire. */
public final class Peer {
    interface One {
        void call() throws Exception;
    }

    static final String CARD = "6222020000000000000";
    static final String ID = "110101190001010014";
    static final String NAME = "张三";
    static final String APP_CODE = "APPCODE appcodeappcodeappcode";
    static String vendor;
    static String url;
    static byte[] photo;

    static byte[] sha(String kind, byte[] bytes) throws Exception {
        return MessageDigest.getInstance(kind).digest(bytes);
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] mac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(utf8(text));
    }

    static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static HttpRequest.Builder to(String path, BodyPublisher body) {
        return HttpRequest.newBuilder(URI.create(url + path)).POST(body);
    }

    static HttpRequest request() throws Exception {
        String form = "application/x-www-form-urlencoded";
        switch (vendor) {
            case "tencent_faceid": {
                byte[] body = utf8("{\"IdCard\":\"" + ID + "\",\"Name\":\"" + NAME + "\",\"BankCard\":\"" + CARD + "\"}");
                String host = url.split("//")[1];
                long now = Instant.now().getEpochSecond();
                String date = DateTimeFormatter.ISO_LOCAL_DATE.format(Instant.ofEpochSecond(now).atOffset(ZoneOffset.UTC));
                String canonical = "POST\n/\n\ncontent-type:application/json\nhost:" + host
                        + "\n\ncontent-type;host\n" + hex(sha("SHA-256", body));
                String toSign = "TC3-HMAC-SHA256\n" + now + "\n" + date + "/faceid/tc3_request\n"
                        + hex(sha("SHA-256", utf8(canonical)));
                byte[] key = mac(mac(mac(utf8("TC3secretkeyexample"), date), "faceid"), "tc3_request");
                String authorization = "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/" + date
                        + "/faceid/tc3_request, SignedHeaders=content-type;host, Signature=" + hex(mac(key, toSign));
                return to("/", BodyPublishers.ofByteArray(body)).header("Content-Type", "application/json")
                        .header("Authorization", authorization).header("X-TC-Action", "BankCardVerification")
                        .header("X-TC-Version", "2018-03-01").header("X-TC-Timestamp", Long.toString(now)).build();
            }
            case "aliyun_yhkr": {
                String body = "acct_no=" + escape(CARD) + "&idcard=" + escape(ID) + "&name=" + escape(NAME);
                return to("/communication/personal/1886", BodyPublishers.ofString(body)).header("Content-Type", form)
                        .header("Authorization", APP_CODE).build();
            }
            case "aliyun_bankocr": {
                String body = "img=" + escape("data:image/jpeg;base64," + Base64.getEncoder().encodeToString(photo));
                return to("/cardbank", BodyPublishers.ofString(body)).header("Content-Type", form)
                        .header("Authorization", APP_CODE).build();
            }
            case "wechat": {
                String boundary = UUID.randomUUID().toString();
                ByteArrayOutputStream body = new ByteArrayOutputStream(photo.length + 512);
                body.write(utf8("--" + boundary + "\r\nContent-Disposition: form-data; name=\"img\"; "
                        + "filename=\"card.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"));
                body.write(photo);
                body.write(utf8("\r\n--" + boundary + "--\r\n"));
                return to("/cv/ocr/bankcard?access_token=wechataccesstoken0000000000",
                        BodyPublishers.ofByteArray(body.toByteArray()))
                        .header("Content-Type", "multipart/form-data; boundary=" + boundary).build();
            }
            default: {
                String order = UUID.randomUUID().toString().replace("-", "");
                String nonce = UUID.randomUUID().toString().replace("-", "");
                String[] values = {"IDA00001", order, "1.0.0", nonce, "ticketticketticketticketticket"};
                Arrays.sort(values);
                String sign = hex(sha("SHA-1", utf8(String.join("", values)))).toUpperCase();
                String body = "{\"webankAppId\":\"IDA00001\",\"version\":\"1.0.0\",\"nonce\":\"" + nonce
                        + "\",\"sign\":\"" + sign + "\",\"orderNo\":\"" + order + "\",\"bankcardStr\":\""
                        + Base64.getEncoder().encodeToString(photo) + "\"}";
                return to("/api/paas/bankcardocrapp?orderNo=" + order, BodyPublishers.ofString(body))
                        .header("Content-Type", "application/json").build();
            }
        }
    }

    /** The text of a field: the JDK has no JSON reader, and one of a library would only cost more. */
    static String field(String json, String name) {
        int at = json.indexOf("\"" + name + "\":");
        int begin = json.indexOf('"', at + name.length() + 3) + 1;
        return at < 0 ? "" : json.substring(begin, json.indexOf('"', begin));
    }

    static void read(String answer) {
        boolean good = switch (vendor) {
            case "tencent_faceid" -> field(answer, "Result").equals("0");
            case "aliyun_yhkr" -> field(answer, "state").equals("1");
            case "wechat" -> field(answer, "number").equals("6217000000000000004");
            case "tencent_kyc" -> field(answer, "bankcardNo").equals("6217000000000000004")
                    && !field(answer, "bankcardNoPhoto").isEmpty();
            default -> field(answer, "bank_card_number").startsWith("6217");
        };
        if (!good) {
            throw new IllegalStateException(answer);
        }
    }

    static One httpClient(String caFile) throws Exception {
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (caFile != null) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            try (InputStream pem = new FileInputStream(caFile)) {
                store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            builder.sslContext(context);
        }
        HttpClient client = builder.build();
        return () -> read(client.send(request(), BodyHandlers.ofString()).body());
    }

    static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    static void everything(One one, int inFlight, int calls, ExecutorService threads) throws Exception {
        if (inFlight == 1) {
            for (int made = 0; made < calls; made++) {
                one.call();
            }
            return;
        }
        List<Future<?>> shares = new ArrayList<>();
        for (int share = 0; share < inFlight; share++) {
            shares.add(threads.submit(() -> {
                for (int made = 0; made < calls / inFlight; made++) {
                    one.call();
                }
                return null;
            }));
        }
        for (Future<?> share : shares) {
            share.get();
        }
    }

    public static void main(String[] arguments) throws Exception {
        vendor = arguments[1];
        int inFlight = Integer.parseInt(arguments[2]);
        int calls = Integer.parseInt(arguments[3]);
        int warmUp = Integer.parseInt(arguments[4]);
        url = arguments[5];
        String caFile = arguments.length > 6 ? arguments[6] : null;
        if (!vendor.equals("tencent_faceid") && !vendor.equals("aliyun_yhkr")) {
            photo = Files.readAllBytes(Path.of(System.getenv("PHOTO")));
        }
        long begun = System.nanoTime();
        One one = arguments[0].equals("httpclient") ? httpClient(caFile)
                : (One) Class.forName("Ours").getMethod("one", String.class).invoke(null, caFile);
        double startMs = (System.nanoTime() - begun) / 1e6;
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, inFlight));
        everything(one, inFlight, warmUp, threads);
        long before = cpu();
        long wall = System.nanoTime();
        everything(one, inFlight, calls, threads);
        double cpuMs = (cpu() - before) / 1e6 / calls;
        double rate = calls / ((System.nanoTime() - wall) / 1e9);
        long rss = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                rss = Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        System.out.printf("{\"cpu_ms\":%.6f,\"calls_per_s\":%.1f,\"rss_kib\":%d,\"start_ms\":%.3f}%n",
                cpuMs, rate, rss, startMs);
        System.exit(0);
    }
}
