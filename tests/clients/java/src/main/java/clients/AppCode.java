package clients;

import static clients.Main.text;

import com.aliyun.api.gateway.demo.util.HttpUtils;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.apache.http.HttpResponse;
import org.apache.http.util.EntityUtils;

/** The program of the market's page, with HttpUtils as it is published. */
record AppCode() implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) throws Exception {
        String host = text(setting.getAsJsonObject("plain"), "aliyun_yhkr");
        String path = "/communication/personal/1886";
        String method = "POST";
        Map<String, String> headers = new HashMap<>();
        headers.put("Authorization", "APPCODE " + text(one, "app_code"));
        headers.put("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
        Map<String, String> querys = new HashMap<>();
        Map<String, String> bodys = new HashMap<>();
        bodys.put("acct_no", text(one, "card"));
        bodys.put("idcard", text(one, "id"));
        bodys.put("name", text(one, "person"));
        HttpResponse response = HttpUtils.doPost(host, path, method, headers, querys, bodys);
        if (response.getStatusLine().getStatusCode() != 200) {
            return response.getFirstHeader("X-Ca-Error-Code").getValue();
        }
        JsonObject answer = new Gson().fromJson(EntityUtils.toString(response.getEntity()), JsonObject.class);
        JsonObject data = answer.get("data").isJsonNull() ? null : answer.getAsJsonObject("data");
        return data == null ? text(answer, "code") : text(data, "state");
    }
}
