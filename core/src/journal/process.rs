//! Which process wrote an order down, and whether it still runs.

use std::sync::OnceLock;

/// Names this start of the machine; `None` where the system does not say.
pub(super) fn boot() -> Option<&'static str> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(text.trim().to_owned())
    };
    BOOT.get_or_init(read).as_deref()
}

/// This process, or the one of that number, with the moment of its start where the system says it:
/// numbers are used again.
fn mark_of(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the start is the 20th field after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    // A process that ended and was not waited for yet is a zombie.
    if fields.next()? == "Z" {
        return None;
    }
    Some(format!("{pid}:{}", fields.nth(18)?))
}

/// This process.
pub(super) fn mark() -> String {
    let pid = std::process::id();
    mark_of(pid).unwrap_or_else(|| format!("{pid}:0"))
}

/// Whether the process of a mark still runs. Where the system does not say, only this one does.
pub(super) fn is_alive(mark: &str) -> bool {
    let number = mark.split(':').next().and_then(|number| number.parse().ok());
    let Some(pid) = number else { return false };
    match mark_of(pid) {
        Some(found) => found == mark,
        None => pid == std::process::id(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_an_earlier_one_of_its_number_does_not() {
        assert!(is_alive(&mark()));
        assert!(!is_alive(&format!("{}:1", std::process::id())) || boot().is_none());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(!is_alive(&format!("{pid}:1")));
        assert!(!is_alive("nonsense"));
    }
}
