//! The settings that can change while the sandbox runs. The defaults are the vendors' own figures,
//! except for quotas that would run dry under tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::vendor::Vendor;

/// Which error headers the Aliyun gateway sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayStyle {
    /// The newer gateway: code, message and request id.
    #[default]
    Vpc,
    /// The classic gateway: message and request id, no code.
    Classic,
}

/// Which of the documented answer shapes `wechat` uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WechatShape {
    /// `errcode` 0 as a number, `number`: the document's table of return parameters.
    #[default]
    NumberCode,
    /// `errcode` "0" as a string, `id`.
    StringCodeId,
    /// `errcode` "0" as a string, `number`.
    StringCode,
    /// No `errcode`, `number`.
    NoCode,
    /// Each in turn, in the order above.
    Cycle,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Seconds that all the vendors' clocks are ahead of the machine's.
    pub clock_offset_seconds: i64,
    /// Seconds that only the `Date` header is off the vendors' clocks.
    pub date_offset_seconds: i64,
    /// Milliseconds each vendor takes before it answers.
    pub latency_ms: u64,
    /// Requests a second before a vendor says that there are too many, where it is not the figure of its
    /// pages; 0 is no limit.
    pub rates: BTreeMap<Vendor, u64>,
    /// Milliseconds an idle connection is kept.
    pub idle_timeout_ms: u64,
    /// Life of a `tencent_kyc` access token.
    pub kyc_token_seconds: i64,
    /// Life of a `tencent_kyc` SIGN ticket.
    pub kyc_ticket_seconds: i64,
    /// The life that a new `tencent_kyc` token or ticket leaves the one before.
    pub kyc_overlap_seconds: i64,
    /// Life of a `wechat` token.
    pub wechat_token_seconds: i64,
    /// Length of a `wechat` token.
    pub wechat_token_length: usize,
    /// The shape of `wechat` answers.
    pub wechat_shape: WechatShape,
    /// Recognitions a day before 45009; 0 is no limit. The documented figure is 100.
    pub wechat_daily_quota: u64,
    /// Recognitions a minute before 45011; 0 is no limit.
    pub wechat_minute_quota: u64,
    /// Seconds between two forced refreshes.
    pub wechat_force_gap_seconds: i64,
    /// Forced refreshes a day.
    pub wechat_force_daily: u64,
    /// `/cgi-bin/token` calls a day before 45009.
    pub wechat_token_daily: u64,
    /// Life of a `baidu_ocr` token.
    pub baidu_token_seconds: i64,
    /// The gateway's error headers.
    pub gateway_style: GatewayStyle,
    /// Calls per Aliyun product before the package is used up (B403MQ); 0 is no limit.
    pub aliyun_package: u64,
    /// Same parameters a day before `aliyun_yhkr` answers 10020; 0 is no limit. A reseller quotes 5.
    pub yhkr_same_limit: u64,
    /// Checks of one card a day before `tencent_faceid` says too many; 0 is no limit. The documented figure is 500.
    pub faceid_same_limit: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock_offset_seconds: 0,
            date_offset_seconds: 0,
            latency_ms: 0,
            rates: BTreeMap::new(),
            idle_timeout_ms: 60_000,
            kyc_token_seconds: 7200,
            kyc_ticket_seconds: 3600,
            kyc_overlap_seconds: 60,
            wechat_token_seconds: 7200,
            wechat_token_length: 157,
            wechat_shape: WechatShape::NumberCode,
            wechat_daily_quota: 0,
            wechat_minute_quota: 0,
            wechat_force_gap_seconds: 30,
            wechat_force_daily: 20,
            wechat_token_daily: 2000,
            baidu_token_seconds: 30 * 24 * 60 * 60,
            gateway_style: GatewayStyle::Vpc,
            aliyun_package: 0,
            yhkr_same_limit: 0,
            faceid_same_limit: 0,
        }
    }
}

impl Settings {
    /// Returns the defaults without the vendors' rates, for tests that ask faster.
    #[must_use]
    pub fn without_rates() -> Self {
        let rates = Vendor::ALL.into_iter().map(|vendor| (vendor, 0)).collect();
        Self { rates, ..Self::default() }
    }

    /// Returns the requests a second that a vendor takes; 0 is no limit.
    pub(crate) fn rate(&self, vendor: Vendor) -> u64 {
        self.rates.get(&vendor).copied().unwrap_or(vendor.machine().rate)
    }

    /// These settings with the given keys changed; an unknown key or a wrong type is the error's text.
    pub(crate) fn changed(&self, patch: &serde_json::Value) -> Result<Self, String> {
        let mut all = serde_json::to_value(self).map_err(|e| e.to_string())?;
        let (Some(all_map), Some(patch)) = (all.as_object_mut(), patch.as_object()) else {
            return Err("settings must be a JSON object".into());
        };
        for (key, value) in patch {
            all_map.insert(key.clone(), value.clone());
        }
        serde_json::from_value(all).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_changes_only_its_keys() {
        let s = Settings::default().changed(&json!({"wechat_daily_quota": 100})).unwrap();
        assert_eq!(s, Settings { wechat_daily_quota: 100, ..Settings::default() });
        assert!(
            Settings::default()
                .changed(&json!({"wechat_quota": 100}))
                .unwrap_err()
                .contains("wechat_quota")
        );
    }
}
