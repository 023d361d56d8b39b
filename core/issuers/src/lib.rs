//! The issuers of bank cards by the first digits of their numbers: a table of about 2,000 prefixes
//! of Chinese cards, and the rule by which a number is looked up. `issuers.csv` is compiled from
//! published tables by `compile.py`; `NOTICE` names them and their licences.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// The table of this crate: compile.py writes it, NOTICE names its sources.
const TABLE: &str = include_str!("../issuers.csv");

/// The first row of a table.
const COLUMNS: &str = "prefix,card_length,issuer_code,issuer,card_kind,sources";

/// The most digits of a prefix.
const LONGEST_PREFIX: usize = 12;

/// The kind of a card by how it pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// From the holder's own balance.
    Debit,
    /// On credit.
    Credit,
    /// From a deposit account with a small overdraft (准贷记卡).
    QuasiCredit,
    /// From what was loaded onto it.
    Prepaid,
}

/// The bank that issues cards with a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its name in Chinese, as it is today.
    pub name: String,
    /// Its code as Alipay writes it, such as `ICBC`; `None` where no source states one.
    pub code: Option<String>,
    /// The kind of the card; `None` where no source states it, or two differ.
    pub kind: Option<CardKind>,
    /// The tables that state the prefix and agree on the bank, such as `bankcardinfo cardbin`.
    pub sources: String,
}

/// A table of the prefixes of card numbers with their issuers.
///
/// ```
/// use cardwire_issuers::{CardKind, Issuers};
///
/// let issuer = Issuers::built_in().lookup("6222020000000000000").unwrap();
/// assert_eq!((issuer.name.as_str(), issuer.code.as_deref()), ("中国工商银行", Some("ICBC")));
/// assert_eq!(issuer.kind, Some(CardKind::Debit));
///
/// let own = "prefix,card_length,issuer_code,issuer,card_kind,sources\n\
///            622202,19,,我们的银行,credit,ours\n";
/// let issuers = Issuers::built_in().extended(own)?;
/// assert_eq!(issuers.lookup("6222020000000000000").unwrap().name, "我们的银行");
/// # Ok::<(), cardwire_issuers::TableError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Issuers {
    rows: HashMap<String, Vec<(Option<usize>, Issuer)>>,
}

/// A row of a table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The row, counted from 1.
    pub line: usize,
    /// The expectation there.
    pub expected: &'static str,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the issuer table: expected {}", self.line, self.expected)
    }
}

impl std::error::Error for TableError {}

impl Issuers {
    /// Returns the table of this crate: about 2,000 prefixes of mainland Chinese cards and of some
    /// from Hong Kong and Macao. It was compiled from published tables, states the banks' names of
    /// 2026, and is not complete.
    pub fn built_in() -> &'static Issuers {
        static BUILT_IN: LazyLock<Issuers> = LazyLock::new(|| {
            Issuers { rows: HashMap::new() }.with(TABLE).unwrap_or_else(|(rows, _)| rows)
        });
        &BUILT_IN
    }

    /// Reads a table: a first row of `prefix,card_length,issuer_code,issuer,card_kind,sources`, and
    /// a row for each prefix. `card_length` may be empty, for cards of any length, and so may
    /// `issuer_code`, `sources` and `card_kind`, which is otherwise `debit`, `credit`,
    /// `quasi_credit` or `prepaid`. No value holds a comma or stands in quotes. Of two rows with
    /// the same prefix that fit a number, the later one is taken.
    ///
    /// # Errors
    /// The first row that cannot be read.
    pub fn from_csv(csv: &str) -> Result<Self, TableError> {
        Issuers { rows: HashMap::new() }.extended(csv)
    }

    /// Returns this table with the rows of another one, in the form of [`Issuers::from_csv`]. They
    /// go before those of the same prefixes.
    ///
    /// # Errors
    /// The first row that cannot be read.
    pub fn extended(&self, csv: &str) -> Result<Self, TableError> {
        self.clone().with(csv).map_err(|(_, error)| error)
    }

    /// Returns the issuer of the longest prefix that the number begins with and that has cards of
    /// its length; `None` where there is none. A prefix is never guessed.
    #[must_use]
    pub fn lookup(&self, number: &str) -> Option<&Issuer> {
        (1..=LONGEST_PREFIX.min(number.len())).rev().find_map(|length| {
            let rows = self.rows.get(number.get(..length)?)?;
            let fits = |(length, _): &&(Option<usize>, _)| {
                length.is_none_or(|length| length == number.len())
            };
            rows.iter().find(fits).map(|(_, issuer)| issuer)
        })
    }

    /// Returns how many digits the longest prefix of the number has whose row states a length, and that of
    /// the number; `None` where there is no such row. [`Issuers::lookup`] takes rows for any length as well.
    #[must_use]
    pub fn stated(&self, number: &str) -> Option<usize> {
        (1..=LONGEST_PREFIX.min(number.len())).rev().find(|length| {
            let rows = number.get(..*length).and_then(|prefix| self.rows.get(prefix));
            rows.is_some_and(|rows| rows.iter().any(|(length, _)| *length == Some(number.len())))
        })
    }

    /// Adds rows before those of the same prefixes; an error comes with the table as far as it was
    /// read.
    fn with(mut self, csv: &str) -> Result<Self, (Self, TableError)> {
        for (at, line) in csv.lines().enumerate() {
            let row = if at == 0 {
                (line.trim_start_matches('\u{feff}') == COLUMNS).then_some(None).ok_or(COLUMNS)
            } else if line.is_empty() {
                Ok(None)
            } else {
                row(line).map(Some)
            };
            match row {
                Ok(None) => {}
                Ok(Some((prefix, length, issuer))) => {
                    self.rows.entry(prefix).or_default().insert(0, (length, issuer));
                }
                Err(expected) => return Err((self, TableError { line: at + 1, expected })),
            }
        }
        Ok(self)
    }
}

type Row = (String, Option<usize>, Issuer);

fn row(line: &str) -> Result<Row, &'static str> {
    if line.contains('"') {
        return Err("values without quotes and commas in them");
    }
    let columns: Vec<&str> = line.split(',').collect();
    let [prefix, length, code, name, kind, sources] = columns[..] else {
        return Err("six values, separated by commas");
    };
    if !(1..=LONGEST_PREFIX).contains(&prefix.len())
        || !prefix.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err("a prefix of 1 to 12 digits");
    }
    let length = match length {
        "" => None,
        stated => {
            let length = stated.parse().ok().filter(|length| (10..=20).contains(length));
            Some(length.ok_or("a card length of 10 to 20 digits, or none")?)
        }
    };
    if name.is_empty() {
        return Err("the issuer's name");
    }
    let kind = match kind {
        "" => None,
        "debit" => Some(CardKind::Debit),
        "credit" => Some(CardKind::Credit),
        "quasi_credit" => Some(CardKind::QuasiCredit),
        "prepaid" => Some(CardKind::Prepaid),
        _ => return Err("debit, credit, quasi_credit, prepaid or no card kind"),
    };
    let code = (!code.is_empty()).then(|| code.to_owned());
    let issuer = Issuer { name: name.to_owned(), code, kind, sources: sources.to_owned() };
    Ok((prefix.to_owned(), length, issuer))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "prefix,card_length,issuer_code,issuer,card_kind,sources\n\
                       62,,,甲,,\n\
                       6222,,C,丙,quasi_credit,ours\n\
                       6222,16,B,乙,credit,ours\n\
                       622202,19,D,丁,prepaid,ours\n";

    #[test]
    fn the_built_in_table_is_read_whole() {
        let rows = TABLE.lines().count() - 1;
        let read: usize = Issuers::built_in().rows.values().map(Vec::len).sum();
        assert_eq!(read, rows);
    }

    #[test]
    fn the_longest_prefix_with_cards_of_that_length_wins() {
        let issuers = Issuers::from_csv(OWN).unwrap();
        let name = |number: &str| issuers.lookup(number).map(|issuer| issuer.name.clone());
        assert_eq!(name("6222020000000000000").as_deref(), Some("丁"));
        assert_eq!(name("6222020000000000").as_deref(), Some("乙"));
        assert_eq!(name("622202000000000000").as_deref(), Some("丙"));
        assert_eq!(name("6211110000000000").as_deref(), Some("甲"));
        assert_eq!(name("4111111111111111"), None);
        assert_eq!(name(""), None);
        assert_eq!(name("六二二二"), None);
    }

    #[test]
    fn a_row_without_a_length_states_none() {
        let issuers = Issuers::from_csv(OWN).unwrap();
        assert_eq!(issuers.stated("6222020000000000000"), Some(6));
        assert_eq!(issuers.stated("6222020000000000"), Some(4));
        assert!(issuers.lookup("622202000000000000").is_some());
        assert_eq!(issuers.stated("622202000000000000"), None);
        assert_eq!((issuers.stated("4111111111111111"), issuers.stated("六二二二")), (None, None));
    }

    #[test]
    fn own_rows_go_before_the_built_in_ones_and_the_others_stay() {
        let issuers = Issuers::built_in().extended(OWN).unwrap();
        assert_eq!(issuers.lookup("6222020000000000000").unwrap().name, "丁");
        assert_eq!(issuers.lookup("6228480000000000000").unwrap().name, "中国农业银行");
        let any = issuers.extended(&format!("{COLUMNS}\n622202,,,戊,,")).unwrap();
        assert_eq!(any.lookup("6222020000000000000").unwrap().name, "戊");
        assert_eq!(Issuers::built_in().lookup("6222020000000000000").unwrap().name, "中国工商银行");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let error = |rows: &str| Issuers::from_csv(&format!("{COLUMNS}\n{rows}")).unwrap_err();
        assert_eq!(error("62,19,,甲,debit").line, 2);
        assert_eq!(error("62,,,甲,,\nx,19,,甲,debit,").to_string(), {
            "line 3 of the issuer table: expected a prefix of 1 to 12 digits"
        });
        assert_eq!(error("62,9,,甲,,").expected, "a card length of 10 to 20 digits, or none");
        assert_eq!(error("62,19,,,,").expected, "the issuer's name");
        assert_eq!(
            error("62,19,,甲,gold,").expected,
            "debit, credit, quasi_credit, prepaid or no card kind"
        );
        assert_eq!(Issuers::from_csv("62,19").unwrap_err().line, 1);
    }
}
