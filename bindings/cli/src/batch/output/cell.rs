//! Texts as cells that no table program takes for a formula.

/// The beginnings of what a table program takes for a formula, also as wide characters.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// Returns a text as a cell that is no formula; [`unescape`] undoes it.
pub(super) fn escape(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

pub(super) fn unescape(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// Returns a vendor's text as a cell of one line.
pub(super) fn of_text(text: &str) -> String {
    let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    escape(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_formula_and_is_read_as_it_was() {
        assert_eq!(of_text("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(of_text("中国工商银行"), "中国工商银行");
        assert_eq!(of_text("a\nb"), "a b");
        for text in ["=1", "'=1", "''@", "'a", "a", "", "＝1"] {
            assert_eq!(unescape(&escape(text)), text);
            assert!(!escape(text).starts_with(FORMULA), "{text}");
        }
    }
}
