use std::sync::Arc;

use cardwire_issuers as table;

use crate::card::CardKind;
use crate::schema::{Describe, record};

record! {
    /// The issuer of cards whose numbers begin alike, by the table of prefixes.
    ///
    /// ```
    /// use cardwire::{CardKind, Client, Issuer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::from_json(r#"{"vendors": [{"vendor": "offline"}]}"#)?;
    /// let issuer: Issuer = client.lookup_issuer("6222020000000000000")?.expect("a known prefix");
    /// assert_eq!((issuer.name.as_str(), issuer.code.as_deref()), ("中国工商银行", Some("ICBC")));
    /// assert_eq!(issuer.card_kind, CardKind::Debit);
    /// assert!(client.lookup_issuer("1234560000000000")?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Issuer as "issuer" {
        /// The issuing bank's name in Chinese, as it is today.
        pub name: String,
        /// The bank's code as Alipay writes it, such as `ICBC`, where the table has one.
        pub code: Option<String>,
        /// Debit, credit, ... where the table states it.
        pub card_kind: CardKind,
    }
}

impl Issuer {
    /// Returns everything as a JSON object.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

/// The table that a client looks issuers up in. The built-in one is read when it is first asked.
#[derive(Clone, Default)]
pub(crate) struct IssuerTable(Option<Arc<table::Issuers>>);

impl IssuerTable {
    /// Returns one of the program's own.
    pub(crate) fn own(issuers: table::Issuers) -> Self {
        IssuerTable(Some(Arc::new(issuers)))
    }

    pub(crate) fn issuers(&self) -> &table::Issuers {
        self.0.as_deref().unwrap_or_else(|| table::Issuers::built_in())
    }
}

impl From<&table::Issuer> for Issuer {
    fn from(row: &table::Issuer) -> Self {
        let card_kind = match row.kind {
            None => CardKind::Unknown,
            Some(table::CardKind::Debit) => CardKind::Debit,
            Some(table::CardKind::Credit) => CardKind::Credit,
            Some(table::CardKind::QuasiCredit) => CardKind::QuasiCredit,
            Some(table::CardKind::Prepaid) => CardKind::Prepaid,
        };
        Issuer { name: row.name.clone(), code: row.code.clone(), card_kind }
    }
}
