//! The servers and files that runs use one after the other.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardwire_sandbox::{Certificate, Options, Sandbox, Settings, WechatShape};
use cardwire_test_images::{Format, solid, with_size};

/// The servers that all testbeds share: they take part in runs without being changed by them.
pub struct CommonServers {
    /// Sandboxes that show each wrong certificate.
    wrong: Vec<(Certificate, Sandbox)>,
    photo: Vec<u8>,
    large: Vec<u8>,
    folder: PathBuf,
}

impl CommonServers {
    /// Starts what is shared, with its files in `folder`.
    ///
    /// # Errors
    /// A server cannot be started or a file not be written.
    pub fn new(folder: &Path) -> io::Result<Arc<Self>> {
        let wrong = Certificate::ALL.into_iter().filter(|one| *one != Certificate::Good);
        let start = |certificate| {
            let ca_dir = Some(folder.join(format!("{certificate:?}")));
            let options = Options { tls: Some(certificate), ca_dir, ..Options::default() };
            Ok((certificate, Sandbox::start(options)?))
        };
        let photo = solid(Format::Jpeg, 640, 400);
        let large = with_size(&photo, 2_000_000);
        let wrong = wrong.map(start).collect::<io::Result<_>>()?;
        Ok(Arc::new(CommonServers { wrong, photo, large, folder: folder.to_owned() }))
    }

    pub(crate) fn wrong(&self, certificate: Certificate) -> Option<&Sandbox> {
        self.wrong.iter().find(|(one, _)| *one == certificate).map(|(_, sandbox)| sandbox)
    }

    /// Returns the number of requests to the servers with wrong certificates.
    #[must_use]
    pub fn requests_to_wrong_certificates(&self) -> usize {
        self.wrong.iter().map(|(_, sandbox)| sandbox.ledger().len()).sum()
    }
}

/// The vendors in the open and over TLS, for one run at a time.
pub struct Testbed {
    plain: Sandbox,
    tls: Sandbox,
    /// The servers that it shares with others.
    pub(crate) common: Arc<CommonServers>,
    /// The folder of its files.
    pub(crate) folder: PathBuf,
}

impl Testbed {
    /// Starts the vendors; `name` tells the testbeds apart.
    ///
    /// # Errors
    /// A server cannot be started or a file not be written.
    pub fn new(common: &Arc<CommonServers>, name: &str) -> io::Result<Self> {
        let folder = common.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let tls = Some(Certificate::Good);
        let settings = Settings { wechat_shape: WechatShape::Cycle, ..Settings::default() };
        let plain = Options { settings, ..Options::default() };
        let tls = Sandbox::start(Options { tls, ca_dir: Some(folder.clone()), ..plain.clone() })?;
        let plain = Sandbox::start(plain)?;
        Ok(Testbed { plain, tls, common: Arc::clone(common), folder })
    }

    pub(crate) fn sandbox(&self, tls: bool) -> &Sandbox {
        if tls { &self.tls } else { &self.plain }
    }

    pub(crate) fn photo(&self, large: bool) -> Vec<u8> {
        if large { self.common.large.clone() } else { self.common.photo.clone() }
    }
}
