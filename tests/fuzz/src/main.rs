//! Gives libFuzzer its inputs and takes back what it found:
//!
//! - `list`: the targets, each with the longest input in bytes
//! - `unpack TARGET FOLDER`: writes seeds and corpus as files into the folder
//! - `words TARGET FILE`: writes the target's dictionary
//! - `pack TARGET FOLDER`: makes the files of the folder the corpus
//! - `run TARGET FILE`: runs one input
//! - `page`: writes the table of targets into README.md
//! - `shown FILE HOW`: writes what a search showed there, with the sentence HOW; FILE has a line for each
//!   target: its name, its executions and its edges

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use cardwire_fuzz::{TARGETS, Target, corpus, page};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => {
            for target in TARGETS.iter() {
                println!("{} {}", target.name, target.longest);
            }
            Ok(())
        }
        ["unpack", target, folder] => unpack(find(target)?, Path::new(folder)),
        ["words", target, file] => Ok(fs::write(file, dictionary(&(find(target)?.words)()))?),
        ["pack", target, folder] => pack(find(target)?, Path::new(folder)),
        ["run", target, file] => {
            (find(target)?.run)(&fs::read(file)?);
            Ok(())
        }
        ["page"] => Ok(page::write()?),
        ["shown", file, how] => Ok(page::write_shown(&fs::read_to_string(file)?, how)?),
        _ => Err("list | unpack TARGET FOLDER | words TARGET FILE | pack TARGET FOLDER | run TARGET FILE | page | shown FILE HOW".into()),
    }
}

fn find(name: &str) -> Result<&'static Target, Box<dyn Error>> {
    cardwire_fuzz::find(name).ok_or_else(|| format!("there is no target {name}").into())
}

fn unpack(target: &Target, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let inputs: BTreeSet<Vec<u8>> =
        (target.seeds)().into_iter().chain(corpus::read(&target.name)?).collect();
    for (index, input) in inputs.iter().enumerate() {
        fs::write(folder.join(format!("seed-{index:05}")), input)?;
    }
    Ok(())
}

fn pack(target: &Target, folder: &Path) -> Result<(), Box<dyn Error>> {
    let seeds: BTreeSet<Vec<u8>> = (target.seeds)().into_iter().collect();
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let input = fs::read(entry?.path())?;
        // Seeds are made anew each time.
        if !seeds.contains(&input) {
            inputs.push(input);
        }
    }
    Ok(corpus::write(&target.name, inputs)?)
}

/// libFuzzer's form: a quoted word on each line, with `\xAB` for what is not plain.
fn dictionary(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        text.push('"');
        for byte in word.bytes() {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                byte => text.push_str(&format!("\\x{byte:02X}")),
            }
        }
        text.push_str("\"\n");
    }
    text
}
