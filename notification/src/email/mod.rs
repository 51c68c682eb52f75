//! Reminders as mails.

mod config;
mod html;
mod message;
mod notice;
mod send;

pub use config::{ConfigError, SmtpConfig};
pub use message::Mail;
pub use notice::Notice;
pub use send::{Mailer, TlsError};
