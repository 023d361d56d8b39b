use crate::slugs::slugs;

slugs! {
    /// The kind of a card.
    CardKind {
        /// Pays from the holder's own balance.
        Debit = "debit",
        /// Pays on credit.
        Credit = "credit",
        /// A deposit account with a small overdraft (准贷记卡).
        QuasiCredit = "quasi_credit",
        /// Pays from what was loaded onto it.
        Prepaid = "prepaid",
        /// Not stated.
        Unknown = "unknown",
    }
}
