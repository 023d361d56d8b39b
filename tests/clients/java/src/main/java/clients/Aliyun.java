package clients;

import static clients.Main.text;

import com.alibaba.cloudapi.sdk.client.ApacheHttpClient;
import com.alibaba.cloudapi.sdk.enums.HttpMethod;
import com.alibaba.cloudapi.sdk.enums.ParamPosition;
import com.alibaba.cloudapi.sdk.enums.Scheme;
import com.alibaba.cloudapi.sdk.model.ApiRequest;
import com.alibaba.cloudapi.sdk.model.ApiResponse;
import com.alibaba.cloudapi.sdk.model.HttpClientBuilderParams;
import com.google.gson.Gson;
import com.google.gson.JsonObject;

/** sdk-core-java, which the gateway's console makes its clients from: the signature of AppKey and AppSecret. */
record Aliyun() implements Main.Client {
    /** As the console writes it for a group of APIs. */
    static final class GroupClient extends ApacheHttpClient {
        GroupClient(HttpClientBuilderParams params) {
            super.init(params);
        }
    }

    @Override
    public String call(JsonObject one, JsonObject setting) {
        HttpClientBuilderParams params = new HttpClientBuilderParams();
        params.setAppKey(text(one, "app_key"));
        params.setAppSecret(text(one, "app_secret"));
        params.setScheme(Scheme.HTTP);
        params.setHost(text(setting.getAsJsonObject("plain"), "aliyun_yhkr").replace("http://", ""));
        ApiRequest request = new ApiRequest(HttpMethod.POST_FORM, "/communication/personal/1886");
        request.addParam("acct_no", text(one, "card"), ParamPosition.BODY, true);
        request.addParam("idcard", text(one, "id"), ParamPosition.BODY, true);
        request.addParam("name", text(one, "person"), ParamPosition.BODY, true);
        ApiResponse response = new GroupClient(params).sendSyncRequest(request);
        if (response.getCode() != 200) {
            String code = response.getFirstHeaderValue("x-ca-error-code");
            return code == null ? response.getCode() + " " + response.getMessage() : code;
        }
        JsonObject answer = new Gson().fromJson(new String(response.getBody(), java.nio.charset.StandardCharsets.UTF_8),
            JsonObject.class);
        return text(answer.getAsJsonObject("data"), "state");
    }
}
