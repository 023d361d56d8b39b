package clients;

import static clients.Main.text;

import com.baidu.aip.ocr.AipOcr;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.json.JSONObject;

/** Baidu's SDK for Java. */
final class Baidu implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) {
        AipOcr client = new AipOcr("1234567", text(one, "api_key"), text(one, "secret_key"));
        String[] proxy = text(setting, "all").split(":");
        client.setHttpProxy(proxy[0], Integer.parseInt(proxy[1]));
        HashMap<String, String> options = new HashMap<>(Map.of("detect_quality", "true"));
        JSONObject answer = client.bankcard(text(one, "photo"), options);
        return answer.has("error_code")
            ? answer.get("error_code").toString()
            : answer.getJSONObject("result").getString("bank_card_number");
    }
}
