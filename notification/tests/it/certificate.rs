//! Certificates of servers on this machine.

use std::path::PathBuf;

use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;

/// A certificate for `localhost` that it has issued itself: nobody trusts it who is not told to.
pub(crate) struct Certificate {
    certified: CertifiedKey<KeyPair>,
    folder: TempDir,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cert.pem"), certified.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), certified.signing_key.serialize_pem()).unwrap();
        Self { certified, folder }
    }

    /// In PEM form.
    pub(crate) fn pem(&self) -> String {
        self.certified.cert.pem()
    }

    /// The file that holds it.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The file that holds its key.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// What a server needs to show it.
    pub(crate) fn server_config(&self) -> rustls::ServerConfig {
        let provider = rustls::crypto::aws_lc_rs::default_provider().into();
        let key = self.certified.signing_key.serialize_der().try_into().unwrap();
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certified.cert.der().clone()], key)
            .unwrap()
    }
}
