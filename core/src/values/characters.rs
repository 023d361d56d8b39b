//! Classes of characters in the values of people: the lists are properties of Unicode 17.

/// The end of a line or of a paragraph that `char::is_control` does not name.
const LINE_ENDS: [char; 2] = ['\u{2028}', '\u{2029}'];

/// Returns whether nothing is seen of a character: the property `Default_Ignorable_Code_Point`
/// (zero-width spaces and joiners, byte order marks, soft hyphens, marks of direction, variation
/// selectors, tags), and the marks of annotations.
pub(super) fn is_invisible(one: char) -> bool {
    matches!(one,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether a character of a vendor's text has no place in a log or on a terminal: it shows
/// nothing of its own, ends a line, or turns or joins what is around it (Unicode's categories Cc,
/// Cf, Zl and Zp).
pub(crate) fn is_unseen(one: char) -> bool {
    let is_format = matches!(one,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}');
    one.is_control() || LINE_ENDS.contains(&one) || is_invisible(one) || is_format
}

/// Returns whether a character is a blank within a line: the property `White_Space` without
/// controls and ends of lines, and the empty pattern of Braille.
pub(super) fn is_blank(one: char) -> bool {
    one == '\u{2800}' || (one.is_whitespace() && !one.is_control() && !LINE_ENDS.contains(&one))
}

/// Returns whether a character is a dash: the property `Dash`, and the hyphen bullet.
pub(super) fn is_dash(one: char) -> bool {
    matches!(one,
        '-' | '\u{58a}' | '\u{5be}' | '\u{1400}' | '\u{1806}' | '\u{2010}'..='\u{2015}'
        | '\u{2043}' | '\u{2053}' | '\u{207b}' | '\u{208b}' | '\u{2212}' | '\u{2e17}'
        | '\u{2e1a}' | '\u{2e3a}'..='\u{2e3b}' | '\u{2e40}' | '\u{2e5d}' | '\u{301c}'
        | '\u{3030}' | '\u{30a0}' | '\u{fe31}'..='\u{fe32}' | '\u{fe58}' | '\u{fe63}'
        | '\u{ff0d}' | '\u{10d6e}' | '\u{10ead}')
}

/// Returns whether a character ends a line, steers a terminal, or stands for one that could not be
/// read.
pub(super) fn is_no_text(one: char) -> bool {
    let is_noncharacter =
        matches!(one, '\u{fdd0}'..='\u{fdef}') || u32::from(one) & 0xfffe == 0xfffe;
    one.is_control() || LINE_ENDS.contains(&one) || one == '\u{fffd}' || is_noncharacter
}

/// Returns whether a character is one of the Chinese script: ideographs of every block, with `々`,
/// `〇` and the radicals.
pub(super) fn is_han(one: char) -> bool {
    matches!(one,
        '\u{2e80}'..='\u{2fd5}' | '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Returns whether a character is a dot in the middle of the line, as names of minorities have it.
pub(super) fn is_middle_dot(one: char) -> bool {
    matches!(
        one,
        '\u{b7}'
            | '\u{387}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22c5}'
            | '\u{2e31}'
            | '\u{2e33}'
            | '\u{30fb}'
            | '\u{ff0e}'
            | '\u{ff65}'
    )
}

/// Returns a character of full width as the one of ASCII that it stands for; any other as it is.
pub(super) fn plain(one: char) -> char {
    let offset = u32::from('\u{ff01}') - u32::from('!');
    match one {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(one) - offset).unwrap_or(one),
        _ => one,
    }
}

/// Returns a text without the blanks, line ends and invisible characters around it, and how many
/// characters were before it.
pub(super) fn trim(text: &str) -> (usize, &str) {
    let is_around = |one: char| one.is_whitespace() || is_blank(one) || is_invisible(one);
    let rest = text.trim_start_matches(is_around);
    let before = text.len().saturating_sub(rest.len());
    let before = text.get(..before).map_or(0, |start| start.chars().count());
    (before, rest.trim_end_matches(is_around))
}

/// Returns the visible characters of a text, trimmed, each with its position in the whole text, from
/// 1.
pub(super) fn visible(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (before, text) = trim(text);
    let positions = text.chars().enumerate().map(move |(index, one)| (before + index + 1, one));
    positions.filter(|(_, one)| !is_invisible(*one))
}
