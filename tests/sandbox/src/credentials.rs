//! The credentials that the vendors take. The defaults say that they are no secrets; a test that
//! looks for leaks gives its own.

/// The credentials of every account, and how the tokens begin that are made for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `tencent_kyc`: the application's secret.
    pub kyc_secret: String,
    /// `wechat`: the application's secret.
    pub wechat_app_secret: String,
    /// `wechat`: a token that the caller fetched.
    pub wechat_access_token: String,
    /// Both Aliyun products: the APPCODE.
    pub app_code: String,
    /// Both Aliyun products: the secret beside the application key.
    pub app_secret: String,
    /// `tencent_faceid`, access keys of Alibaba Cloud OpenAPI and keys of `baidu_ocr`: the key pair.
    pub secret_id: String,
    /// `tencent_faceid`: the key pair.
    pub secret_key: String,
    /// The same: the temporary key pair and its token.
    pub temporary_id: String,
    /// `tencent_faceid`: the temporary key pair and its token.
    pub temporary_key: String,
    /// `tencent_faceid`: the temporary key pair and its token.
    pub temporary_token: String,
    /// Letters and digits, at most 32, that every token and ticket has in its first half.
    pub token_mark: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            kyc_secret: "not-a-secret-sandbox-kyc-000000000000000000000000000000000000000".into(),
            wechat_app_secret: "not-a-secret-sandbox-wechat-0000".into(),
            wechat_access_token: "not-a-secret-sandbox-wechat-access-token".into(),
            app_code: "not-a-secret-sandbox-appcode-000".into(),
            app_secret: "not-a-secret-sandbox-app-secret0".into(),
            secret_id: "sandbox-secret-id-000000000000000000".into(),
            secret_key: "not-a-secret-sandbox-key-0000000".into(),
            temporary_id: "sandbox-temporary-id-000000000000000".into(),
            temporary_key: "not-a-secret-sandbox-temporary-0".into(),
            temporary_token: "not-a-secret-sandbox-session-token".into(),
            token_mark: String::new(),
        }
    }
}

impl Credentials {
    /// `length` characters of a new token, beginning with the mark as far as it fits.
    pub(crate) fn token_text(&self, length: usize) -> String {
        let mark: String = self.token_mark.chars().take(length).collect();
        let rest = crate::crypto::random_text(length - mark.len().min(length));
        mark + &rest
    }
}
