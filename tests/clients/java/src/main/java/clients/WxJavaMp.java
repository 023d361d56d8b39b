package clients;

import static clients.Main.text;

import com.google.gson.JsonObject;
import java.io.File;
import me.chanjar.weixin.common.error.WxErrorException;
import me.chanjar.weixin.mp.api.WxMpService;
import me.chanjar.weixin.mp.api.impl.WxMpServiceImpl;
import me.chanjar.weixin.mp.config.impl.WxMpDefaultConfigImpl;

/** WxJava for official accounts. */
record WxJavaMp() implements Main.Client {
    @Override
    public String call(JsonObject one, JsonObject setting) {
        WxMpDefaultConfigImpl config = new WxMpDefaultConfigImpl();
        config.setAppId(text(one, "app_id"));
        config.setSecret(text(one, "app_secret"));
        String[] proxy = text(setting, "all").split(":");
        config.setHttpProxyHost(proxy[0]);
        config.setHttpProxyPort(Integer.parseInt(proxy[1]));
        WxMpService service = new WxMpServiceImpl();
        service.setWxMpConfigStorage(config);
        try {
            return service.getOcrService().bankCard(new File(text(one, "photo"))).getNumber();
        } catch (WxErrorException error) {
            return String.valueOf(error.getError().getErrorCode());
        }
    }
}
