//! The testbed of a run: sandboxes that take the canaries, a Redis server, and folders.

use std::fs;
use std::path::{Path, PathBuf};

use cardwire_sandbox::{Certificate, Options, Sandbox, Settings, Vendor, WechatShape};
use serde_json::Value;

use crate::canary::Canaries;
use crate::redis::Redis;
use crate::search::Searcher;

/// Certificates that a client must refuse.
const BAD_CERTIFICATES: [&str; 4] = ["expired", "wrong_host", "self_signed", "unknown_authority"];

/// Everything that the drivers of a run meet.
pub struct Testbed {
    /// The canaries that are looked for.
    pub canaries: Canaries,
    /// Finds it.
    pub searcher: Searcher,
    pub(crate) sandbox: Sandbox,
    /// Sandboxes over TLS: one with a good certificate first, then the bad ones.
    pub(crate) secure: Vec<(&'static str, Sandbox)>,
    pub(crate) redis: Option<Redis>,
    pub(crate) folder: PathBuf,
    pub(crate) seed: u64,
    /// Every step of the plan, not a part of the many.
    pub(crate) thorough: bool,
}

impl Testbed {
    /// Returns a testbed with the canaries of a seed, for a whole or a short run of the plan; files
    /// go to `folder`, which is made.
    ///
    /// # Errors
    /// A sandbox cannot start, or the folder cannot be written.
    pub fn start(folder: &Path, seed: u64, thorough: bool) -> Result<Self, String> {
        let canaries = Canaries::new(seed);
        let searcher = Searcher::new(&canaries)?;
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let folder = folder.canonicalize().map_err(|error| error.to_string())?;
        let options = || {
            let mut options =
                Options { credentials: canaries.credentials.clone(), ..Options::default() };
            options.settings =
                Settings { wechat_shape: WechatShape::Cycle, ..Settings::without_rates() };
            options
        };
        let start = |options| Sandbox::start(options).map_err(|error| error.to_string());
        let sandbox = start(options())?;
        let mut secure = Vec::new();
        for name in ["good"].into_iter().chain(BAD_CERTIFICATES) {
            let options = Options {
                tls: Certificate::from_name(name),
                ca_dir: Some(folder.join("authority").join(name)),
                ..options()
            };
            secure.push((name, start(options)?));
        }
        let testbed = Testbed {
            canaries,
            searcher,
            sandbox,
            secure,
            redis: Redis::start(),
            folder,
            seed,
            thorough,
        };
        testbed.write("photo.jpg", &testbed.canaries.photo)?;
        testbed.write("doubtful.jpg", &testbed.canaries.doubtful_photo)?;
        testbed.write("pixels", &testbed.canaries.pixels()?)?;
        Ok(testbed)
    }

    /// Returns the path of a file that every testbed has: `photo.jpg`, `doubtful.jpg`, or `pixels`, the
    /// photo's.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    /// Returns an empty folder inside the testbed's.
    pub(crate) fn empty_folder(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    /// Returns a configuration with these accounts of a sandbox: a vendor's name, or a name of the
    /// sandbox's other credentials. One attempt each, no daily quota.
    pub(crate) fn config(sandbox: &Sandbox, accounts: &[&str]) -> Value {
        let mut config = sandbox.config();
        let others = sandbox.credentials();
        let entry = |name: &&str| {
            let entries = config["vendors"].as_array().into_iter().flatten();
            entries
                .clone()
                .find(|entry| entry["vendor"] == **name)
                .unwrap_or(&others[*name])
                .clone()
        };
        config["vendors"] = accounts.iter().map(entry).collect();
        for entry in config["vendors"].as_array_mut().into_iter().flatten() {
            if entry["vendor"] == "wechat" {
                entry["daily_quota"] = 0.into();
            }
        }
        config["retry"] = serde_json::json!({"attempts": 1});
        config
    }

    /// Returns the configuration and the input of the program whose memory is searched.
    pub(crate) fn memory_files(&self) -> Result<(PathBuf, PathBuf), String> {
        let Some((_, sandbox)) = self.secure.first() else {
            return Err("no sandbox over TLS".into());
        };
        let names = Vendor::ALL.map(Vendor::name);
        let mut config = Testbed::config(sandbox, &names);
        if let Some(vendors) = config["vendors"].as_array_mut() {
            vendors.push(serde_json::json!({"vendor": "offline"}));
        }
        let config = self.write("memory.json", config.to_string().as_bytes())?;
        let Canaries { card, name, id, phone, .. } = &self.canaries;
        let (photo, pixels) = (self.file("photo.jpg"), self.file("pixels"));
        let input = format!("{card}\n{name}\n{id}\n{phone}\n{photo}\n{pixels}\n");
        let input = self.write("memory.txt", input.as_bytes())?;
        Ok((config, input))
    }
}
