package io.cardwire;

/** A vendor, named as in the configuration. */
public enum Vendor implements NamedValue {
    /** Tencent Cloud eKYC, bank-card OCR. */
    TENCENT_KYC,

    /** WeChat, bank-card OCR. */
    WECHAT,

    /** Aliyun Cloud Market, bank-card OCR. */
    ALIYUN_BANKOCR,

    /** Tencent Cloud FaceID, bank-card verification. */
    TENCENT_FACEID,

    /** Aliyun Cloud Market, three-element bank-card verification. */
    ALIYUN_YHKR,

    /** Alibaba Cloud OCR, bank-card OCR. */
    ALIYUN_OCR,

    /** Alibaba Cloud information verification, bank-card verification. */
    ALIYUN_BANKMETA,

    /** Tencent Cloud OCR, bank-card recognition. */
    TENCENT_OCR,

    /** Baidu AI Cloud OCR, bank-card recognition. */
    BAIDU_OCR,

    /** This machine, which reads card photos itself. */
    OFFLINE
}
