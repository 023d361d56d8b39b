package clients;

import static clients.Main.text;

import com.aliyun.ocr_api20210707.Client;
import com.aliyun.ocr_api20210707.models.RecognizeBankCardRequest;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;

/** Alibaba Cloud's SDK for Java, OCR of a file or of an address. */
record AliyunOcr(boolean file) implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) throws Exception {
        Client client = new Client(new Config()
            .setAccessKeyId(text(one, "access_key_id"))
            .setAccessKeySecret(text(one, "access_key_secret"))
            .setEndpoint("ocr-api.cn-hangzhou.aliyuncs.com"));
        RecognizeBankCardRequest request = new RecognizeBankCardRequest();
        if (file) {
            request.setBody(Files.newInputStream(Path.of(text(one, "photo"))));
        } else {
            request.setUrl(text(one, "image_url"));
        }
        try {
            String data = client.recognizeBankCard(request).getBody().getData();
            return text(new Gson().fromJson(data, JsonObject.class).getAsJsonObject("data"), "cardNumber");
        } catch (TeaException error) {
            return error.getCode();
        }
    }
}
