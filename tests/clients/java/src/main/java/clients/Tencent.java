package clients;

import static clients.Main.text;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.annotations.Expose;
import com.google.gson.annotations.SerializedName;
import com.tencentcloudapi.common.AbstractModel;
import com.tencentcloudapi.common.CommonClient;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import java.util.HashMap;

/** Tencent Cloud's SDK for Java. */
record Tencent(String signature) implements Main.Client {
    /** The part of the request that the SDK's module for faceid has. */
    static final class BankCardVerificationRequest extends AbstractModel {
        @SerializedName("IdCard")
        @Expose
        private final String idCard;

        @SerializedName("Name")
        @Expose
        private final String name;

        @SerializedName("BankCard")
        @Expose
        private final String bankCard;

        BankCardVerificationRequest(JsonObject one) {
            idCard = text(one, "id");
            name = text(one, "person");
            bankCard = text(one, "card");
        }

        @Override
        protected void toMap(HashMap<String, String> map, String prefix) {
            setParamSimple(map, prefix + "IdCard", idCard);
            setParamSimple(map, prefix + "Name", name);
            setParamSimple(map, prefix + "BankCard", bankCard);
        }
    }

    @Override
    public String call(JsonObject one, JsonObject setting) {
        Credential who = new Credential(text(one, "secret_id"), text(one, "secret_key"));
        ClientProfile profile = new ClientProfile();
        profile.setSignMethod(signature);
        // An empty region is the usual line of this SDK for services without one.
        CommonClient client = new CommonClient("faceid", "2018-03-01", who, "", profile);
        try {
            String answer = client.commonRequest(new BankCardVerificationRequest(one), "BankCardVerification");
            return text(new Gson().fromJson(answer, JsonObject.class).getAsJsonObject("Response"), "Result");
        } catch (TencentCloudSDKException error) {
            return error.getErrorCode().isEmpty() ? error.getMessage() : error.getErrorCode();
        }
    }
}
