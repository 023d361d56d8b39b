//! The vendors' own names: what the certificate is made out to, and who is meant on the port of all.

use crate::http::Request;
use crate::vendor::Vendor;

const NAMES: &[(Vendor, &[&str])] = &[
    (
        Vendor::TencentKyc,
        &[
            "kyc1.qcloud.com",
            "kyc.qcloud.com",
            "miniprogram-kyc.tencentcloudapi.com",
            "idasc.webank.com",
            "ida.webank.com",
        ],
    ),
    (
        Vendor::Wechat,
        &[
            "api.weixin.qq.com",
            "api2.weixin.qq.com",
            "sh.api.weixin.qq.com",
            "sz.api.weixin.qq.com",
            "hk.api.weixin.qq.com",
        ],
    ),
    (Vendor::AliyunBankocr, &["bankocr.market.alicloudapi.com"]),
    (
        Vendor::TencentFaceid,
        &[
            "faceid.tencentcloudapi.com",
            "faceid.intl.tencentcloudapi.com",
            "faceid.ap-guangzhou.tencentcloudapi.com",
            "faceid.ap-hongkong.tencentcloudapi.com",
            "faceid.ap-singapore.tencentcloudapi.com",
        ],
    ),
    (Vendor::AliyunYhkr, &["yhkr.market.alicloudapi.com"]),
];

/// Every name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().flat_map(|(_, names)| names.iter().copied())
}

/// The vendor that a request's Host names.
pub(crate) fn vendor_of(request: &Request) -> Option<Vendor> {
    let host = request.header("host")?;
    let name = host.split(':').next()?;
    let named =
        |(_, names): &&(Vendor, &[&str])| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    NAMES.iter().find(named).map(|(vendor, _)| *vendor)
}
