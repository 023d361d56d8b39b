//! What would make calls fail, before one does.

use cardwire::{Client, Config, Finding, Verdict};

use crate::configuration::Source;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::{Failure, printed};
use crate::show;

pub(crate) fn doctor(config: &Source, console: &mut Console) -> Result<Exit, Failure> {
    let findings = match Config::from_json(&config.text()?) {
        Ok(config) => Client::from_config(config).diagnose()?,
        Err(error) => vec![Finding::of_configuration(&error)],
    };
    let wrong = findings.iter().filter(|finding| finding.verdict == Verdict::Wrong).count();
    let exit = if wrong == 0 { Exit::Done } else { Exit::Failed };
    printed(print(&findings, wrong, console), exit)
}

fn print(findings: &[Finding], wrong: usize, console: &mut Console) -> Result<(), Failure> {
    for finding in findings {
        if console.is_json() {
            console.document(None, "finding", show::document(finding, true))?;
            continue;
        }
        let account = finding.account.as_deref().unwrap_or("");
        let (verdict, topic) = (finding.verdict.slug(), finding.topic.slug());
        console.line(&format!("{verdict:<9} {topic:<13} {account:<16} {}", finding.found))?;
        if let Some(advice) = &finding.advice {
            console.line(&format!("{:>40}  {advice}", "what to do:"))?;
        }
    }
    if !console.is_json() {
        console.line(&match wrong {
            0 => "Nothing was found wrong.".to_owned(),
            wrong => format!("Found wrong: {wrong}."),
        })?;
    }
    Ok(())
}
