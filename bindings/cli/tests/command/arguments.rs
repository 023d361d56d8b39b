//! What is read of the command line, and what documents it.

use std::process::Stdio;

use serde_json::json;

use crate::fixture::{CARD, CommandResult, Fixture, ID_NUMBER, NAME};

#[test]
fn arguments_are_not_repeated() {
    let fixture = Fixture::new(&[]);
    for arguments in [
        &["verify", CARD][..],
        &["verify", "--card-nummer", CARD],
        &["lookup", CARD, NAME],
        &["batch", "photos", "-o", "r.csv", "--limit-billed", ID_NUMBER, "--timeout", NAME],
        &["orders", "list", "--status", CARD],
        &[CARD],
    ] {
        // That nothing personal is there is looked for with each command.
        let refused = fixture.run(arguments);
        assert!(refused.code == 2 && refused.err.contains("--help"), "{}", refused.err);
    }
    for (arguments, expected) in [
        (["batch", "photos", "-o", "r.csv", "--timeout", "-1"], "from 0 on, found one below 0"),
        (["batch", "photos", "-o", "r.csv", "--concurrency", "0"], "expected a number from 1 on"),
        (["batch", "photos", "-o", "r.csv", "--limit-billed", "-1"], "expected a number from 0 on"),
        (["batch", "-", "-o", "r.csv", "--timeout", "1"], "/dev/stdin"),
    ] {
        let mut command = fixture.command(&arguments);
        let refused = CommandResult::of(command.env("CARDWIRE_CONFIG", "a.json").output().unwrap());
        assert!(refused.code == 2 && refused.err.contains(expected), "{}", refused.err);
        assert!(
            !refused.err.contains("--config") && !refused.err.contains("-- -1"),
            "{}",
            refused.err
        );
    }
    let json = fixture.run(&["--json", "batch", "photos", "-o", "r.txt"]);
    assert_eq!((json.code, &json.lines()[0]["error"]["kind"]), (2, &json!("invalid_argument")));
    let json = fixture.run(&["--json", "verify"]);
    assert_eq!((json.code, &json.lines()[0]["error"]["kind"]), (2, &json!("invalid_argument")));
}

#[test]
fn completions_and_the_manual_are_printed_and_may_be_read_in_part() {
    let fixture = Fixture::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let completion = fixture.run(&["completion", shell]).out;
        assert!(completion.contains("recognize"), "{shell}");
        assert!(completion.contains("exit-with-stdin"), "{shell}");
    }
    let manual = fixture.run(&["manual"]).out;
    assert!(manual.contains("EXIT STATUS") && manual.contains("first\\-port"), "{manual}");
    assert_eq!(fixture.run(&[]).code, 2);
    assert_eq!(
        fixture.run(&["--version"]).out,
        format!("cardwire {}\n", env!("CARGO_PKG_VERSION"))
    );

    let mut child =
        fixture.command(&["manual"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = CommandResult::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}
