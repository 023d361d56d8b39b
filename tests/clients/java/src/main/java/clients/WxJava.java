package clients;

import static clients.Main.text;

import cn.binarywang.wx.miniapp.api.WxMaService;
import cn.binarywang.wx.miniapp.api.impl.WxMaServiceImpl;
import cn.binarywang.wx.miniapp.config.impl.WxMaDefaultConfigImpl;
import com.google.gson.JsonObject;
import java.io.File;
import me.chanjar.weixin.common.error.WxErrorException;

/** WxJava for mini programs, with a file or with an address. */
record WxJava(boolean file) implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) {
        WxMaDefaultConfigImpl config = new WxMaDefaultConfigImpl();
        config.setAppid(text(one, "app_id"));
        config.setSecret(text(one, "app_secret"));
        config.useStableAccessToken(file);
        String[] proxy = text(setting, "all").split(":");
        config.setHttpProxyHost(proxy[0]);
        config.setHttpProxyPort(Integer.parseInt(proxy[1]));
        WxMaService service = new WxMaServiceImpl();
        service.setWxMaConfig(config);
        try {
            var ocr = service.getOcrService();
            var card = file ? ocr.bankCard(new File(text(one, "photo"))) : ocr.bankCard(text(one, "image_url"));
            return card.getNumber();
        } catch (WxErrorException error) {
            return String.valueOf(error.getError().getErrorCode());
        }
    }
}
