//! A card as the vendor's readers, eKYC and OCR, write it: kinds, photos, warnings.

use serde_json::Value;

use crate::card::{CardKind, Warning, WarningKind};
use crate::scrub;
use crate::secret::PersonalBytes;
use crate::wire::json::shown;

/// More warnings than there are codes for.
const WARNINGS_LIMIT: usize = 32;

/// <https://cloud.tencent.com/document/product/1007/47903>, and all but the last
/// <https://cloud.tencent.com/document/api/866/36216>.
const WARNINGS: &[(&str, WarningKind)] = &[
    ("-9110", WarningKind::DateInvalid),
    ("-9111", WarningKind::BorderIncomplete),
    ("-9112", WarningKind::Glare),
    ("-9113", WarningKind::Photocopy),
    ("-9114", WarningKind::Recaptured),
    ("66661009", WarningKind::Expired),
];

/// Returns the warnings that these codes stand for, each once; `0` is none.
pub(crate) fn warnings(codes: impl IntoIterator<Item = String>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    for code in codes {
        if warnings.len() < WARNINGS_LIMIT
            && code != "0"
            && warnings.iter().all(|warning| warning.code != code)
        {
            let row = WARNINGS.iter().find(|(known, _)| *known == code);
            let kind = row.map_or(WarningKind::Other, |(_, kind)| *kind);
            warnings.push(Warning { kind, code });
        }
    }
    warnings
}

/// Returns the codes of a warning field: `"0"`, `"-9110"`, `"[-9110,-9111]"`, or a list in JSON.
pub(crate) fn listed(value: &Value) -> Vec<String> {
    let codes: Vec<String> = match value {
        Value::Array(values) => values.iter().take(WARNINGS_LIMIT).filter_map(shown).collect(),
        _ => shown(value).into_iter().collect(),
    };
    codes
        .iter()
        .flat_map(|text| text.split(['[', ']', ',', '"', ' ']))
        .filter(|code| !code.is_empty())
        .take(WARNINGS_LIMIT)
        .map(scrub::shown)
        .collect()
}

/// Returns the bytes of a photo: base64 with or without padding, line breaks or a `data:` prefix. A photo
/// that is not base64 is left out, since the rest of a billed answer is worth more.
pub(crate) fn photo(text: &str) -> Option<PersonalBytes> {
    let text = match text.trim_start().strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    let bytes = base64_simd::forgiving_decode_to_vec(text.as_bytes()).ok()?;
    (!bytes.is_empty()).then(|| PersonalBytes::new(bytes))
}

/// Returns the kind that the vendor's word stands for.
pub(crate) fn card_kind(text: Option<&str>) -> CardKind {
    match text {
        Some("借记卡") => CardKind::Debit,
        Some("贷记卡" | "信用卡") => CardKind::Credit,
        Some("准贷记卡") => CardKind::QuasiCredit,
        Some("预付卡" | "预付费卡") => CardKind::Prepaid,
        _ => CardKind::Unknown,
    }
}
