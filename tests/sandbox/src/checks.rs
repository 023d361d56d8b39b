//! The refusals that are known of each vendor, and from where they are known. A request is refused
//! by the vendors' modules through one of these alone, so a refusal without a source cannot be
//! written; the table of the README is made from them.

use serde_json::{Value, json};

use crate::Vendor;

/// A document, or something seen, that says what a vendor does.
#[derive(Debug)]
pub(crate) struct Source {
    pub name: &'static str,
    /// Its address; empty where it has none.
    pub at: &'static str,
}

/// A refusal that a vendor is known to make.
#[derive(Debug)]
pub(crate) struct Check {
    /// The vendor's code, or `http:NNN`.
    pub answer: &'static str,
    /// The refusal.
    pub refuses: &'static str,
    pub source: &'static Source,
}

/// The failure of a check.
pub(crate) type Refusal = &'static Check;

pub(crate) const fn source(name: &'static str, at: &'static str) -> Source {
    Source { name, at }
}

macro_rules! checks {
    ($($name:ident: $answer:literal, $refuses:literal, $source:ident;)*) => {
        $(pub(crate) static $name: $crate::checks::Check = $crate::checks::Check {
            answer: $answer,
            refuses: $refuses,
            source: &$source,
        };)*
        pub(crate) static ALL: &[(&str, &$crate::checks::Check)] =
            &[$((stringify!($name), &$name)),*];
    };
}
pub(crate) use checks;

/// HTTP itself, which every vendor speaks.
pub(crate) static HTTP: Source =
    source("RFC 9110, HTTP semantics", "https://www.rfc-editor.org/rfc/rfc9110");

/// Returns every check: who refuses what, with which answer, and from where that is known.
#[must_use]
pub fn table() -> Value {
    let families = [
        ("every listener", crate::http::checks::ALL),
        ("aliyun_gateway", crate::aliyun_gateway::checks::ALL),
        ("aliyun_openapi", crate::aliyun_openapi::checks::ALL),
        ("tencent_cloud", crate::tencent_cloud::checks::ALL),
    ];
    let vendors = Vendor::ALL.into_iter().map(|vendor| (vendor.name(), vendor.machine().checks));
    let lists: Vec<_> = families.into_iter().chain(vendors).collect();
    let rows = lists.iter().flat_map(|(by, list)| {
        list.iter().map(move |(name, check)| {
            json!({
                "by": by, "name": name, "refuses": check.refuses, "answer": check.answer,
                "source": check.source.name, "at": check.source.at,
            })
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check that no code makes would be a claim without effect.
    #[test]
    fn every_check_is_made_and_has_a_source() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = std::fs::read_dir(folder).unwrap();
        let files: Vec<(String, String)> = files
            .map(|file| {
                let path = file.unwrap().path();
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        let table = table();
        for row in table.as_array().unwrap() {
            let text = |key: &str| row[key].as_str().unwrap();
            // The files that make the checks of a vendor, or of whoever it is.
            let by = match text("by") {
                "every listener" => "http",
                by => by,
            };
            let takes = |(name, text): &&(String, String)| {
                name == by || text.contains(&format!("{by}::checks"))
            };
            let code: String = files.iter().filter(takes).map(|(_, text)| text.as_str()).collect();
            let used =
                code.match_indices(&format!("checks::{}", text("name"))).any(|(at, found)| {
                    !code[at + found.len()..]
                        .starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
                });
            assert!(used, "{}: {} is not used", text("by"), text("name"));
            assert!(!text("source").is_empty() && !text("answer").is_empty(), "{row}");
        }
    }
}
