//! Runs the canaries through driver programs: `cardwire-redaction NAME=PROGRAM[,ARGUMENT...] ...`.
//! `--memory PROGRAM` searches what a program leaves in memory, `--seed N` replays a run.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use cardwire_redaction::{Canaries, Testbed, run, search_after_free};

/// So many findings are shown of each driver.
const SHOWN: usize = 40;

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("cardwire-redaction: {problem}");
            ExitCode::from(2)
        }
    }
}

fn show(name: &str, findings: &[String]) {
    for finding in findings.iter().take(SHOWN) {
        println!("{name}: {finding}");
    }
}

fn work() -> Result<bool, String> {
    let mut folder = PathBuf::from("build/redaction");
    let (mut drivers, mut programs, mut given) = (Vec::new(), Vec::new(), None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            lexopt::Arg::Long("folder") => {
                folder = arguments.value().map_err(|error| error.to_string())?.into();
            }
            lexopt::Arg::Long("memory") => {
                let program = arguments.value().map_err(|error| error.to_string())?;
                programs.push(PathBuf::from(program));
            }
            lexopt::Arg::Long("seed") => {
                let text = arguments.value().map_err(|error| error.to_string())?;
                let text = text.to_string_lossy().into_owned();
                given = Some(text.parse().map_err(|_| format!("--seed: {text} is no number"))?);
            }
            lexopt::Arg::Value(value) => {
                let value = value.to_string_lossy().into_owned();
                let (name, command) =
                    value.split_once('=').ok_or("a driver is given as NAME=PROGRAM")?;
                let command: Vec<String> = command.split(',').map(str::to_owned).collect();
                drivers.push((name.to_owned(), command));
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    // As many whole runs, or one short one.
    let wanted = match std::env::var("CARDWIRE_CANARIES") {
        Ok(text) => text.parse().map_err(|_| format!("CARDWIRE_CANARIES: {text} is no number"))?,
        Err(_) => 0,
    };
    let mut good = true;
    for _ in 0..wanted.max(1) {
        let seed = given.map_or_else(Canaries::fresh_seed, Ok)?;
        println!("canaries: --seed {seed}");
        let testbed = Testbed::start(&folder, seed, wanted > 0)?;
        for (name, command) in &drivers {
            let begun = Instant::now();
            let report = run(&testbed, command).map_err(|problem| format!("{name}: {problem}"))?;
            show(name, &report.findings);
            for (sink, (bytes, planted)) in &report.sinks {
                println!("{name}: {sink}: {bytes} bytes searched, {planted} planted found");
            }
            let (requests, findings) = (report.requests, report.findings.len());
            let seconds = begun.elapsed().as_secs();
            println!("{name}: {requests} requests, {findings} findings ({seconds} s)");
            good &= findings == 0;
        }
        for program in &programs {
            let (bytes, findings) = search_after_free(&testbed, program)?;
            show("memory", &findings);
            println!("memory: {bytes} bytes searched, {} findings", findings.len());
            good &= findings.is_empty();
        }
    }
    Ok(good)
}
