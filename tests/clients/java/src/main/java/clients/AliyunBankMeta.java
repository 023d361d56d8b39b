package clients;

import static clients.Main.text;

import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.Client;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.google.gson.JsonObject;
import java.util.Map;

/** The common part of Alibaba Cloud's SDK for Java, information verification. */
final class AliyunBankMeta implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) throws Exception {
        Client client = new Client(new Config()
            .setAccessKeyId(text(one, "access_key_id"))
            .setAccessKeySecret(text(one, "access_key_secret"))
            .setEndpoint("cloudauth.aliyuncs.com"));
        Params params = new Params().setAction("BankMetaVerify").setVersion("2019-03-07").setProtocol("HTTPS")
            .setPathname("/").setMethod("POST").setAuthType("AK").setStyle("RPC").setReqBodyType("formData")
            .setBodyType("json");
        OpenApiRequest request = new OpenApiRequest().setQuery(Map.of(
            "ParamType", "normal", "VerifyMode", "VERIFY_BANK_CARD", "ProductType", "BANK_CARD_3_META",
            "BankCard", text(one, "card"), "UserName", text(one, "person"), "IdentifyNum", text(one, "id")));
        try {
            Map<?, ?> body = (Map<?, ?>) client.callApi(params, request, new RuntimeOptions()).get("body");
            return body.get("ResultObject") instanceof Map<?, ?> result
                ? (String) result.get("SubCode")
                : (String) body.get("Code");
        } catch (TeaException error) {
            return error.getCode();
        }
    }
}
