//! The writer of an order, and whether it still runs.

use std::fs::File;
use std::path::Path;
use std::sync::OnceLock;

use cardwire_locks::Presence;

use super::problem::{of_system, storage};
use crate::entropy::Entropy;
use crate::error::Error;

/// Returns the name of this start of the machine's kernel; `None` where the system does not say.
/// Containers of one kernel share it.
pub(super) fn boot() -> Option<&'static str> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(text.trim().to_owned())
    };
    BOOT.get_or_init(read).as_deref()
}

/// The state of an order's writer, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Dead,
    /// It ran on another machine, before this start, or on a file that was copied since.
    Unknown,
}

/// The locks by which writers show that they run. A process that ends lets go of them, and nobody
/// has to see it to know: neither namespaces nor containers hide them.
pub(super) struct Liveness {
    presence: Presence,
}

impl Liveness {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::Unsupported => storage(&format!("cannot be locked: {error}")),
            _ => of_system(path, "cannot be opened", &error),
        };
        Presence::open(path).map(|presence| Liveness { presence }).map_err(failed)
    }

    pub(super) fn file(&self) -> &File {
        self.presence.file()
    }

    /// Returns a name that no other writer has, and shows that it runs for as long as this lives.
    pub(super) fn name_writer(&self) -> Result<String, Error> {
        let mut entropy =
            Entropy::from_system().ok_or_else(|| storage("cannot be used without randomness"))?;
        loop {
            let mut random = [0; 8];
            entropy.fill(&mut random);
            let byte = u64::from_le_bytes(random) >> 3;
            match self.presence.hold(byte) {
                Ok(true) => return Ok(format!("{}:{byte}", self.presence.file_id())),
                Ok(false) => {}
                Err(_) => return Err(storage("cannot be locked")),
            }
        }
    }

    /// Returns what is known of a writer of that name, which is not this one.
    pub(super) fn of(&self, writer: &str, boot_of_writer: Option<&str>) -> Life {
        let byte = writer.rsplit_once(':').filter(|(file, _)| *file == self.presence.file_id());
        let byte = byte.and_then(|(_, byte)| byte.parse().ok());
        match byte.filter(|_| boot().is_some() && boot_of_writer == boot()) {
            Some(byte) => match self.presence.is_held(byte) {
                Some(true) => Life::Alive,
                Some(false) => Life::Dead,
                None => Life::Unknown,
            },
            None => Life::Unknown,
        }
    }
}
