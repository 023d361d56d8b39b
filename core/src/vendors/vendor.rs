//! The vendors, and the operations of each.

use std::fmt;

use crate::slugs::slugs;

/// Gives the list to a macro: each vendor with the name that it has in the configuration, which is that
/// of its folder.
macro_rules! vendors {
    ($make:ident) => {
        $make! {
            /// Tencent Cloud eKYC, bank-card OCR.
            TencentKyc = tencent_kyc;
            /// WeChat, bank-card OCR.
            Wechat = wechat;
            /// Aliyun Cloud Market, bank-card OCR (`cardbank`).
            AliyunBankocr = aliyun_bankocr;
            /// Tencent Cloud FaceID, bank-card verification.
            TencentFaceid = tencent_faceid;
            /// Aliyun Cloud Market, three-element bank-card verification (`1886`).
            AliyunYhkr = aliyun_yhkr;
            /// Alibaba Cloud OCR, bank-card OCR.
            AliyunOcr = aliyun_ocr;
            /// Alibaba Cloud information verification, bank-card verification.
            AliyunBankmeta = aliyun_bankmeta;
            /// Tencent Cloud OCR, bank-card recognition.
            TencentOcr = tencent_ocr;
            /// Baidu AI Cloud OCR, bank-card recognition.
            BaiduOcr = baidu_ocr;
            /// This machine, card photos: no account, no network, no bill.
            Offline = offline;
        }
    };
}
pub(super) use vendors;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident = $name:ident;)*) => {
        /// A vendor, named as in the configuration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Vendor { $($(#[$doc])* $variant,)* }

        impl Vendor {
            /// Every vendor.
            pub const ALL: &'static [Vendor] = &[$(Vendor::$variant,)*];

            /// Returns the name in the configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Vendor::$variant => stringify!($name),)* }
            }
        }
    };
}

vendors!(names);

impl Vendor {
    /// Returns the vendor of that name.
    ///
    /// ```
    /// use cardwire::{Operation, Vendor};
    ///
    /// let vendor = Vendor::from_name("tencent_kyc").expect("it is a vendor");
    /// assert_eq!(vendor, Vendor::TencentKyc);
    /// assert!(vendor.operations().contains(&Operation::Recognize));
    /// assert_eq!(vendor.default_url(), Some("https://miniprogram-kyc.tencentcloudapi.com"));
    /// assert_eq!(Vendor::Offline.default_url(), None);
    /// assert!(Vendor::over_network().all(|vendor| vendor.default_url().is_some()));
    /// ```
    pub fn from_name(name: &str) -> Option<Vendor> {
        Vendor::ALL.iter().copied().find(|vendor| vendor.name() == name)
    }

    /// Returns the vendors that are asked over the network: all but [`Vendor::Offline`].
    pub fn over_network() -> impl Iterator<Item = &'static Vendor> {
        Vendor::ALL.iter().filter(|vendor| !vendor.is_on_this_machine())
    }
}

crate::schema::named!(Vendor, name);

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

slugs! {
    /// An operation that a vendor can be asked for.
    Operation {
        /// Read a card photo.
        Recognize = "recognize",
        /// Check whether card, name and ID number belong together.
        Verify = "verify",
        /// Ask who issued a card number.
        LookupCard = "lookup_card",
        /// Fetch what the vendor keeps under an order number.
        FetchOrder = "fetch_order",
    }
}

impl Operation {
    /// Returns whether vendors bill it. Asking for an order is free.
    pub(crate) fn is_billed(self) -> bool {
        self != Operation::FetchOrder
    }
}
