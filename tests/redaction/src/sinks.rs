//! The sides that a process shows to others: its environment, its arguments, the names of its
//! threads.

use std::fs;

/// Returns the bytes of each of these, by name.
///
/// # Errors
/// The process is gone.
pub fn process_sinks(process: u32) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let read = |name: &str| {
        fs::read(format!("/proc/{process}/{name}")).map_err(|error| format!("{name}: {error}"))
    };
    let mut names = Vec::new();
    let tasks = fs::read_dir(format!("/proc/{process}/task")).map_err(|error| error.to_string())?;
    for task in tasks.flatten() {
        // A thread may have ended meanwhile.
        names.extend(fs::read(task.path().join("comm")).unwrap_or_default());
    }
    Ok(vec![
        ("environment", read("environ")?),
        ("arguments", read("cmdline")?),
        ("thread names", names),
    ])
}
