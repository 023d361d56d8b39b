package clients;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads its calls, makes each, prints a line for each. The second argument names the client. */
public final class Main {
    /** One call of a client: what it read, or the vendor's code. */
    interface Client {
        String call(JsonObject one, JsonObject setting) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        JsonObject setting = new Gson().fromJson(Files.readString(Path.of(arguments[0])), JsonObject.class);
        Client client = switch (arguments[1]) {
            case "WxJava" -> new WxJava(true);
            case "WxJava-address" -> new WxJava(false);
            case "WxJava-mp" -> new WxJavaMp();
            case "sdk-core-java" -> new Aliyun();
            case "HttpUtils" -> new AppCode();
            case "Baidu" -> new Baidu();
            case "Tencent-OCR" -> new TencentOcr(true);
            case "Tencent-OCR-address" -> new TencentOcr(false);
            case "Aliyun-OCR" -> new AliyunOcr(true);
            case "Aliyun-OCR-address" -> new AliyunOcr(false);
            case "BankMetaVerify" -> new AliyunBankMeta();
            default -> new Tencent(arguments[1]);
        };
        setting.getAsJsonArray("cases").forEach(element -> {
            JsonObject one = element.getAsJsonObject();
            String outcome;
            try {
                outcome = client.call(one, setting);
            } catch (Exception error) {
                outcome = error.toString().lines().findFirst().orElse("");
            }
            System.out.println("outcome\t" + text(one, "name") + "\t" + outcome);
        });
        System.exit(0);
    }

    static String text(JsonObject object, String key) {
        return object.get(key).getAsString();
    }
}
