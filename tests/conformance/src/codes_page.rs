//! The reference page `docs/reference/codes.md`, made from the rows that the library decides by.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use cardwire::Vendor;
use cardwire::reference::{
    Consequence, Row, codes, decisions, local_refusals, phases, statuses, unknown_code,
};

fn again(follows: &Consequence) -> String {
    let seconds = |milliseconds: u64| milliseconds as f64 / 1000.0;
    match (follows.retry, follows.after_ms) {
        ("none", _) => "no".to_owned(),
        ("backoff", _) => "after a short wait".to_owned(),
        ("throttle", 0) => "after a longer wait".to_owned(),
        ("throttle", after) => format!("after {} s or more", seconds(after)),
        ("once", after) => format!("once, after {} to {} s", seconds(after), seconds(2 * after)),
        ("token", _) => "once, with another token".to_owned(),
        ("nonce", _) => "once, with another nonce".to_owned(),
        ("clock", _) => "once, by the vendor's clock".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn elsewhere(follows: &Consequence) -> String {
    match follows.failover {
        "never" => "no".to_owned(),
        "yes" => "yes".to_owned(),
        word => format!("with `{word}`"),
    }
}

fn besides(follows: &Consequence) -> String {
    let block = follows.block.map(|(what, seconds)| {
        let what = if what == "account" { "the account" } else { "this card" };
        match seconds {
            Some(seconds) if seconds >= 3600 => {
                format!("{what} is blocked for {} h", seconds / 3600)
            }
            Some(seconds) => format!("{what} is blocked for {seconds} s"),
            None => format!("{what} is blocked until the next day"),
        }
    });
    let query = follows.query_order.then(|| "the order is asked for".to_owned());
    block.into_iter().chain(query).collect::<Vec<_>>().join(", ")
}

fn link(follows: &Consequence) -> String {
    format!("[`{0}`](#{0})", follows.name)
}

/// The page.
struct Page(String);

impl Page {
    fn table(&mut self, title: &str, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let line = "---|".repeat(head.len());
        let _ = write!(self.0, "\n## {title}\n\n| {} |\n|{line}\n", head.join(" | "));
        for row in rows {
            let _ = writeln!(self.0, "| {} |", row.join(" | "));
        }
    }
}

fn decision(follows: &Consequence) -> Vec<String> {
    let name = format!("<a id=\"{0}\"></a>`{0}`", follows.name);
    vec![name, again(follows), elsewhere(follows), besides(follows), follows.why.to_owned()]
}

fn rule(row: &Row) -> Vec<String> {
    vec![format!("`{}`", row.name), link(&row.follows), row.meaning.to_owned()]
}

fn status(row: &Row) -> Vec<String> {
    let kind = format!("`{}`", row.says);
    let billed = row.billed.map(|billed| billed.to_string()).unwrap_or_default();
    vec![row.name.clone(), kind, billed, link(&row.follows), row.meaning.to_owned()]
}

fn code(row: &Row) -> Vec<String> {
    let family = if row.reach != "code" { "…" } else { "" };
    let answers = row.numberings.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>();
    let answers = if answers.is_empty() { "any".to_owned() } else { answers.join(", ") };
    let billed = row.billed.map(|billed| billed.to_string()).unwrap_or_default();
    vec![
        format!("`{}`{family}", row.name),
        answers,
        format!("`{}`", row.says),
        billed,
        link(&row.follows),
        row.meaning.to_owned(),
    ]
}

/// Returns the whole page.
pub fn page() -> String {
    let mut page = Page(String::from(
        "# What each answer means\n\n\
         `make codes` makes this page from the rows that the library reads answers and decides by:\n\
         `codes.rs` of each vendor, and `statuses.rs` and `rules.rs` of the call.\n",
    ));
    let head = ["what follows", "asked again", "elsewhere", "besides", "why"];
    page.table("What may follow", &head, decisions().iter().map(decision));
    page.0.push_str(
        "\n*Asked again* is about the same account, within the attempts of the call. *Elsewhere* is about\n\
         the accounts of a configured `failover` list; a word means that the list's `also` must name it.\n\
         What may have been billed is not asked again, whatever its row says.\n",
    );
    let rules = local_refusals();
    page.table(
        "Refused before anything is sent",
        &["reason", "what follows", "why"],
        rules.iter().map(rule),
    );
    page.0.push_str("\nNone of them is billed.\n");
    let rules = phases();
    page.table(
        "Requests without a whole answer",
        &["how far it came", "what follows", "why"],
        rules.iter().map(rule),
    );
    page.0.push_str(
        "\nA request whose last byte left may have been billed: `billed` is `unknown`. No other is billed,\n\
         and the question about an order never is.\n",
    );
    page.table(
        "Answers without a code of the vendor",
        &["status", "error", "billed", "what follows", "meaning"],
        statuses().iter().map(status),
    );
    let head = ["code", "in", "result or error", "billed", "what follows", "meaning"];
    for vendor in Vendor::ALL {
        page.table(&format!("`{vendor}`"), &head, codes(*vendor).iter().map(code));
    }
    page.0.push_str(
        "\nA code with … stands for the unlisted codes that begin so. The gateway's words in the tables of\n\
         the Aliyun products come in the header `X-Ca-Error-Message`, its short codes in `X-Ca-Error-Code`.\n",
    );
    page.table("A code that no row lists", &head, [code(&unknown_code())]);
    page.0
}

/// Returns where the page is kept.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/codes.md")
}
