//! Which mail server takes our mails.

use std::str::FromStr;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Certificate;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

const SUBMISSION_PORT: u16 = 587;
const SUBMISSIONS_PORT: u16 = 465;
const PEM_HEAD: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// A mail server that cannot be used as it is configured. Says nothing of the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The URL is none.
    #[error("the mail server must be a URL such as smtp://user:password@host:587?tls=required")]
    NotAUrl,
    /// It is of something else.
    #[error("the mail server's URL must begin with smtp:// or smtps://")]
    Scheme,
    /// It names no server.
    #[error("the mail server's URL names no host")]
    NoHost,
    /// It holds more than can be understood.
    #[error("the mail server's URL must have no path, and no parameter but tls=required, opportunistic or none")]
    Unknown,
    /// The parameter contradicts the scheme.
    #[error("smtps:// is TLS from the first byte; tls= is for smtp://")]
    TlsTwice,
    /// A name or password is half there, or is not text.
    #[error("the mail server's user name and password must both be there, or none of them, as percent-encoded UTF-8")]
    Credentials,
    /// Whoever is between could have the password.
    #[error("with tls=opportunistic, anyone between could ask for the password; use tls=required")]
    CredentialsInTheClear,
    /// The sender is no mailbox.
    #[error("the sender must be an address such as tasklog@example.org or Tasklog <tasklog@example.org>")]
    From,
    /// The certificates to trust are none.
    #[error("the mail server's certificates must be in PEM form")]
    Certificate,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// From the first byte: `smtps://`.
    FromTheStart,
    /// By `STARTTLS`; without it nothing is sent.
    Required,
    /// By `STARTTLS` where the server has it.
    Opportunistic,
    /// Not at all: for a server on this machine.
    None,
}

/// A mail server and the sender of the mails that it takes. Its `Debug` does not show the password.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
    pub(super) from: Mailbox,
    pub(super) trusted: Vec<Certificate>,
}

impl SmtpConfig {
    /// Reads `smtp://user:password@host:587?tls=required`. All but the host may be left out: the port is 587 then, 465 with
    /// `smtps://`, and TLS is required. `from` is the sender, with or without a name.
    ///
    /// # Errors
    /// Where one of them cannot be understood, or would give the password away.
    pub fn parse(url: &str, from: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(url).map_err(|_| ConfigError::NotAUrl)?;
        let encryption = encryption(&url)?;
        let credentials = credentials(&url)?;
        if credentials.is_some() && encryption == Encryption::Opportunistic {
            return Err(ConfigError::CredentialsInTheClear);
        }
        let host = match url.host() {
            None => return Err(ConfigError::NoHost),
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
        };
        let usual_port = if encryption == Encryption::FromTheStart { SUBMISSIONS_PORT } else { SUBMISSION_PORT };
        let from = Mailbox::from_str(from).map_err(|_| ConfigError::From)?;
        let port = url.port().unwrap_or(usual_port);
        Ok(Self { host, port, encryption, credentials, from, trusted: Vec::new() })
    }

    /// The same, where the server's certificate may also be issued by one of those in `pem`, besides the system's.
    ///
    /// # Errors
    /// Where there is none in it.
    pub fn trusting(mut self, pem: &[u8]) -> Result<Self, ConfigError> {
        // Of PEM without any certificate, lettre would make a certificate that is none.
        if !pem.windows(PEM_HEAD.len()).any(|bytes| bytes == PEM_HEAD) {
            return Err(ConfigError::Certificate);
        }
        self.trusted.push(Certificate::from_pem(pem).map_err(|_| ConfigError::Certificate)?);
        Ok(self)
    }
}

fn encryption(url: &Url) -> Result<Encryption, ConfigError> {
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(ConfigError::Unknown);
    }
    let mut parameters = url.query_pairs();
    let parameter = parameters.next();
    if parameters.next().is_some() {
        return Err(ConfigError::Unknown);
    }
    let parameter = parameter.as_ref().map(|(name, value)| (name.as_ref(), value.as_ref()));
    match (url.scheme(), parameter) {
        ("smtps", None) => Ok(Encryption::FromTheStart),
        ("smtps", Some(_)) => Err(ConfigError::TlsTwice),
        ("smtp", None | Some(("tls", "required"))) => Ok(Encryption::Required),
        ("smtp", Some(("tls", "opportunistic"))) => Ok(Encryption::Opportunistic),
        ("smtp", Some(("tls", "none"))) => Ok(Encryption::None),
        ("smtp", Some(_)) => Err(ConfigError::Unknown),
        _ => Err(ConfigError::Scheme),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, ConfigError> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().map_err(|_| ConfigError::Credentials)?;
        Ok(text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(ConfigError::Credentials),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<SmtpConfig, ConfigError> {
        SmtpConfig::parse(url, "Tasklog <tasklog@example.org>")
    }

    #[test]
    fn given_urls_when_parsed_then_host_port_encryption_and_credentials() {
        for (url, host, port, encryption, credentials) in [
            ("smtp://mail.example", "mail.example", 587, Encryption::Required, None),
            ("smtp://mail.example:25/?tls=opportunistic", "mail.example", 25, Encryption::Opportunistic, None),
            ("smtp://127.0.0.1:1025?tls=none", "127.0.0.1", 1025, Encryption::None, None),
            ("smtps://[::1]", "::1", 465, Encryption::FromTheStart, None),
            (
                "smtp://a%40b.example:p%2F%3A%20w@m.example?tls=required",
                "m.example",
                587,
                Encryption::Required,
                Some(("a@b.example", "p/: w")),
            ),
        ] {
            let config = parse(url).unwrap();
            assert_eq!((config.host.as_str(), config.port, config.encryption), (host, port, encryption), "{url}");
            let expected = credentials.map(|(user, password): (&str, &str)| Credentials::from((user, password)));
            assert_eq!(config.credentials, expected, "{url}");
        }
    }

    #[test]
    fn given_what_cannot_be_meant_when_parsed_then_refused() {
        use ConfigError::{Credentials, CredentialsInTheClear, From, NoHost, NotAUrl, Scheme, TlsTwice, Unknown};
        for (url, error) in [
            ("mail.example", NotAUrl),
            ("https://mail.example", Scheme),
            ("smtp:mail.example", Unknown),
            ("smtp://", NoHost),
            ("smtp://mail.example?tls=maybe", Unknown),
            ("smtp://mail.example?tls=none&x=1", Unknown),
            ("smtp://mail.example/path", Unknown),
            ("smtps://mail.example?tls=required", TlsTwice),
            ("smtp://user@mail.example", Credentials),
            ("smtp://user:@mail.example", Credentials),
            ("smtp://:pass@mail.example", Credentials),
            ("smtp://user:%ff@mail.example", Credentials),
            ("smtp://user:pass@mail.example?tls=opportunistic", CredentialsInTheClear),
        ] {
            assert_eq!(parse(url).unwrap_err(), error, "{url}");
        }
        assert_eq!(SmtpConfig::parse("smtp://mail.example", "nobody").unwrap_err(), From);
        assert!(parse("smtp://mail.example").unwrap().trusting(b"not a certificate").is_err());
    }

    #[test]
    fn given_a_password_when_formatted_for_a_log_then_not_in_it() {
        let config = parse("smtp://user:hunter2@mail.example").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
