//! Runs the suite through driver programs: `cardwire-conformance NAME=PROGRAM[,ARGUMENT...] ...`.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use cardwire_conformance::{Driver, Suite};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("cardwire-conformance: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let mut folder = PathBuf::from("build/conformance");
    let mut drivers = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            lexopt::Arg::Long("folder") => {
                folder = arguments.value().map_err(|error| error.to_string())?.into();
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
    let suite = Suite::start(folder)?;
    let mut good = true;
    for (name, command) in drivers {
        let mut driver = Driver::start(&name, &command)?;
        let cases = suite.run(&mut driver)?;
        for failure in &cases.failures {
            println!("{name}: {failure}");
        }
        println!("{name}: {} passed, {} failed", cases.passed, cases.failures.len());
        let bad_inputs = suite.run_bad_inputs(&mut driver)?;
        for failure in &bad_inputs.failures {
            println!("{name}: {failure}");
        }
        println!(
            "{name}, bad inputs: {} passed, {} failed, {} that the language cannot put",
            bad_inputs.passed,
            bad_inputs.failures.len(),
            bad_inputs.left_out,
        );
        good &= cases.failures.is_empty() && cases.passed > 0;
        good &= bad_inputs.failures.is_empty() && bad_inputs.passed > 0;
    }
    Ok(good)
}
