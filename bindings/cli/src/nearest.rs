//! Names that were mistyped.

use strsim::levenshtein as distance;

/// Returns the known name that a text was most likely meant to be, if one is near.
pub(crate) fn nearest<'k>(text: &str, known: &[&'k str]) -> Option<&'k str> {
    let text = letters(text);
    let distances = known.iter().map(|known| (distance(&text, &letters(known)), *known));
    let (apart, known) = distances.min()?;
    (apart * 2 <= text.chars().count().max(known.len())).then_some(known)
}

/// Returns whether two names are the same but for capitals and what stands between words.
pub(crate) fn is_alike(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}

fn letters(text: &str) -> String {
    // Of a text of any length no more is compared than a name has.
    let start: String = text.chars().take(64).collect();
    start.to_lowercase().replace(['_', '-', '.', ' '], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_has_a_nearest_one() {
        let known = ["card_number", "name", "id_number", "phone"];
        for (typed, meant) in [
            ("id_numer", Some("id_number")),
            ("Phone", Some("phone")),
            ("IDNumber", Some("id_number")),
            ("cardnumber", Some("card_number")),
            ("remark of the clerk", None),
            ("姓名", None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
        assert!(is_alike("ID-Number", "id_number") && !is_alike("id_numer", "id_number"));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
