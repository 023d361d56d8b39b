//! The checks on this machine.

use cardwire::{check_card_number, check_id_number, check_image, look_at_image};

use crate::arguments::Check;
use crate::calls::{argument_or_input, image};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::{Failure, printed};
use crate::show;

pub(crate) fn check(check: &Check, console: &mut Console) -> Result<Exit, Failure> {
    match check {
        Check::CardNumber { number } => {
            let found = check_card_number(&argument_or_input(number)?);
            let answers = [("well formed", found.well_formed), ("check digit", found.luhn)];
            tell(&answers, show::document(&found, true), console)
        }
        Check::IdNumber { number } => {
            let found = check_id_number(&argument_or_input(number)?);
            let answers = [
                ("well formed", found.well_formed),
                ("check digit", found.checksum),
                ("birth date", found.birth_date),
            ];
            let ended = tell(&answers, show::document(&found, true), console);
            if !found.well_formed {
                console.say(
                    "only resident ID numbers of 18 characters are checked; vendors verify other documents too",
                );
            }
            ended
        }
        Check::Photo { photo, look } => {
            let image = image(photo)?;
            let found = if *look { look_at_image(image)? } else { check_image(image)? };
            let told = if console.is_json() {
                console.document(None, "result", show::document(&found, true))
            } else {
                let (width, height) = (found.width, found.height);
                let mut pairs = vec![
                    (
                        "format",
                        format!(
                            "{}, {width} × {height} pixels, {} bytes",
                            found.format, found.bytes
                        ),
                    ),
                    ("look", found.look.map(|look| look.to_string()).unwrap_or_default()),
                ];
                pairs.extend(found.vendors.iter().map(|(vendor, refusal)| {
                    let answer = match refusal {
                        None => "takes it".to_owned(),
                        Some(refusal) => refusal.message().to_owned(),
                    };
                    (vendor.name(), answer)
                }));
                console.pairs(&pairs)
            };
            let is_taken = found.vendors.iter().any(|(_, refusal)| refusal.is_none());
            printed(told, if is_taken { Exit::Done } else { Exit::Failed })
        }
    }
}

fn tell(
    answers: &[(&str, bool)],
    document: serde_json::Value,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let told = if console.is_json() {
        console.document(None, "result", document)
    } else {
        let in_words = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
        let pairs: Vec<(&str, String)> =
            answers.iter().map(|(name, holds)| (*name, in_words(*holds))).collect();
        console.pairs(&pairs)
    };
    let holds = answers.iter().all(|(_, holds)| *holds);
    printed(told, if holds { Exit::Done } else { Exit::Failed })
}
