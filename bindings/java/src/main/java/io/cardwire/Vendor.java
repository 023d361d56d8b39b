package io.cardwire;

/** A vendor, named as in the configuration. */
public enum Vendor {
    /** Tencent Cloud eKYC, bank-card OCR. */
    TENCENT_KYC("tencent_kyc"),

    /** WeChat, bank-card OCR. */
    WECHAT("wechat"),

    /** Aliyun Cloud Market, bank-card OCR. */
    ALIYUN_BANKOCR("aliyun_bankocr"),

    /** Tencent Cloud FaceID, bank-card verification. */
    TENCENT_FACEID("tencent_faceid"),

    /** Aliyun Cloud Market, three-element bank-card verification. */
    ALIYUN_YHKR("aliyun_yhkr"),

    /** Alibaba Cloud OCR, bank-card OCR. */
    ALIYUN_OCR("aliyun_ocr");

    private final String slug;

    Vendor(String slug) {
        this.slug = slug;
    }

    /**
     * The name in the configuration.
     *
     * @return the name, the same in every language
     */
    public String slug() {
        return slug;
    }
}
