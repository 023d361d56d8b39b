//! Names that were mistyped.

use strsim::damerau_levenshtein;

/// The longest part of a text that is compared, in characters: no name is longer.
const COMPARED: usize = 64;

/// Returns the known name that a text was most likely meant to be, where one is near: at most half of its
/// letters are others.
pub fn nearest<'k>(text: &str, known: &[&'k str]) -> Option<&'k str> {
    let start: String = text.chars().take(COMPARED).collect();
    let plain = letters(&start);
    let distances = known.iter().map(|known| {
        let apart = damerau_levenshtein(&plain, &letters(known));
        (apart, damerau_levenshtein(&start, known), *known)
    });
    let (apart, _, known) = distances.min()?;
    (apart * 2 <= plain.chars().count().max(letters(known).len())).then_some(known)
}

/// Returns whether two names are the same but for capitals and what stands between words, as `appId` and
/// `app_id` are.
pub fn is_alike(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}

fn letters(text: &str) -> String {
    text.to_lowercase().replace(['_', '-', '.', ' '], "")
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
            ("nmae", Some("name")),
            ("remark of the clerk", None),
            ("姓名", None),
            (&"name".repeat(100), None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
        // Of two whose letters are the same, the one that is written so.
        assert_eq!(nearest("appID", &["app_id", "appid"]), Some("appid"));
        assert!(is_alike("ID-Number", "id_number") && !is_alike("id_numer", "id_number"));
    }
}
