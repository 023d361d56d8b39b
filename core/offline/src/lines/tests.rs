//! What is accepted of what strips read.

use super::*;

fn place() -> Quadrilateral {
    Quadrilateral([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
}

/// Strips that read a text surely.
fn strips(text: &[u8], count: usize) -> Strips {
    let mut out = Strips::default();
    (0..count).for_each(|_| out.add(Columns::told(text, &vec![0.999; text.len()]), place()));
    out
}

#[test]
fn two_strips_read_the_number_that_is_accepted() {
    let told = b"6222020000000000000";
    let networks = crate::Networks::built_in().unwrap();
    let blank = crate::picture::Grey::new(64, 64, vec![200; 64 * 64]);
    let search = Search {
        finder: &networks.finder,
        reader: &networks.reader,
        pyramid: &Pyramid::new(blank),
        stop: &|| false,
        judge: &|strips| accept::number(strips, 0.9),
        least: 0.9,
        spent: Cell::default(),
    };
    let is_accepted = |own: &Strips| {
        let number = search.judged(&own.strips);
        assert!(number.is_sure && number.candidates[0].text.as_slice() == told);
        search.is_accepted(&number, &place(), &Seen::default(), own).unwrap()
    };
    // Two more agree on another text, which is too long to be a card's.
    let mut own = strips(told, 1);
    own.append(strips(b"62220200000000000001234", 2));
    assert!(!is_accepted(&own));
    own.append(strips(told, 1));
    assert!(is_accepted(&own));
}

#[test]
fn a_number_that_other_strips_outvote_is_not_accepted() {
    let (told, other) = (b"6222020000000000000", b"6222020000000000018");
    let own = strips(told, 2);
    let number = accept::number(&own.strips, 0.9);
    for (count, is_outvoted) in [(2, false), (3, true)] {
        let seen = Seen { numbers: strips(other, count), ..Seen::default() };
        assert_eq!(seen.is_outvoted(&number, &own), is_outvoted);
    }
}
