package clients;

import static clients.Main.text;

import com.google.gson.JsonObject;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.ocr.v20181119.OcrClient;
import com.tencentcloudapi.ocr.v20181119.models.BankCardOCRRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Tencent Cloud's SDK for Java, OCR of a photo or of its address. */
record TencentOcr(boolean photo) implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) throws Exception {
        OcrClient client = new OcrClient(new Credential(text(one, "secret_id"), text(one, "secret_key")), "");
        BankCardOCRRequest request = new BankCardOCRRequest();
        request.setEnableBorderCheck(true);
        if (photo) {
            byte[] bytes = Files.readAllBytes(Path.of(text(one, "photo")));
            request.setImageBase64(Base64.getEncoder().encodeToString(bytes));
        } else {
            request.setImageUrl(text(one, "image_url"));
        }
        try {
            return client.BankCardOCR(request).getCardNo();
        } catch (TencentCloudSDKException error) {
            return error.getErrorCode().isEmpty() ? error.getMessage() : error.getErrorCode();
        }
    }
}
