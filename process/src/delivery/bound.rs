//! Mails that go out by an output binding of the Dapr sidecar, where this process has no mail server itself.
//!
//! The names in the metadata are those that Dapr's mail bindings share (`bindings.smtp`, `bindings.twilio.sendgrid`, `bindings.postmark`).

use std::collections::BTreeMap;

use notification::Outcome;
use notification::email::Notice;
use platform::sidecar::{OutputBinding, SidecarError};
use serde_json::Value;

/// Bindings take several addresses in one text, with these between them; no address has one unless it is quoted.
const BETWEEN_ADDRESSES: [char; 3] = [';', ',', '"'];

/// Sends it once. [`Outcome::Delivered`] means that whoever is behind the binding has taken it over.
pub(super) async fn mail(binding: &OutputBinding, to: &str, notice: &Notice) -> Outcome {
    if to.contains(BETWEEN_ADDRESSES) {
        return Outcome::Refused { why: "the address cannot be told apart from several".to_owned() };
    }
    let subject = notice.subject();
    let metadata = BTreeMap::from([("emailTo", to), ("subject", subject.as_str())]);
    match binding.create(&metadata, &Value::String(notice.html())).await {
        Ok(()) => Outcome::Delivered,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a mail did not go out by the binding");
            // What it said is for operators: it may name their servers.
            let why = match error {
                SidecarError::Refused { status, .. } => format!("the Dapr binding for mails answered {status}"),
                _ => "no answer of the Dapr binding for mails".to_owned(),
            };
            Outcome::Retry { why, after: None }
        }
    }
}
