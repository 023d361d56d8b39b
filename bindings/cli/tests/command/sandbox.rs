//! `cardwire sandbox`.

use std::process::Stdio;

use serde_json::json;

use crate::fixture::Fixture;

#[test]
fn the_sandbox_runs_and_a_call_reaches_it() {
    let fixture = Fixture::new(&[]);
    let arguments = ["sandbox", "--offline", "--config-file", "own.json", "--exit-with-stdin"];
    let mut command = fixture.command(&arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    assert!(first.contains("offline"), "{first}");
    fixture.photo("card.jpg");
    let read = fixture.run(&[
        "--config",
        "own.json",
        "recognize",
        "card.jpg",
        "--vendor",
        "wechat",
        "--json",
    ]);
    assert_eq!(read.lines()[0]["result"]["vendor"], "wechat", "{}", read.err);
    drop(input);
    assert!(child.wait().unwrap().success());
    // Once more in the same folder, and never over a configuration of somebody's own.
    let again = fixture.run_with_input(&arguments, "");
    assert!(again.code == 0 && again.out.contains("admin http://127.0.0.1:"), "{}", again.err);
    let own = json!({"vendors": [{"vendor": "offline"}], "journal": "orders.db"}).to_string();
    std::fs::write(fixture.path("own.json"), &own).unwrap();
    let refused = fixture.run_with_input(&arguments, "");
    assert!(refused.code == 2 && refused.err.contains("--overwrite"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(fixture.path("own.json")).unwrap(), own);
}
