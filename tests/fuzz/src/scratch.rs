//! Folders for what targets write.

use std::fs;
use std::path::{Path, PathBuf};

const BEGIN: &str = "cardwire-fuzz-";

/// Returns a folder of this process, in memory where the system has such a place: some targets
/// write with every input.
pub(crate) fn folder(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    remove_old(&parent);
    let folder = parent.join(format!("{BEGIN}{}", std::process::id())).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A target that was killed leaves its folder: the next one removes it.
fn remove_old(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(BEGIN).and_then(|number| number.parse::<u32>().ok());
        if process.is_some_and(|number| !Path::new(&format!("/proc/{number}")).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
