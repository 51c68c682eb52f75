//! Reads settings and names every field that breaks a rule.

use std::collections::HashSet;

use lettre::Address;
use serde_json::{Map, Value};
use url::{Host, Url};

use domain::Violations;
use domain::read::{self, Reader};

use super::{CHANNELS_MAX, Channel, MASKED_SECRET, Settings, Targets, URL_MAX_CHARS};
use crate::webhook::{Secret, is_public};

pub(super) fn settings(
    body: &Map<String, Value>,
    current: &Settings,
    targets: Targets,
) -> Result<Settings, Violations> {
    let mut reader = Reader::new(body);
    let given = required(&mut reader, "channels", array);
    let mut channels = Vec::new();
    let mut ids = HashSet::new();
    for (index, value) in given.into_iter().flatten().enumerate() {
        match channel(&reader, index, value, current, targets) {
            Err(violations) => reader.merge(violations),
            Ok(channel) if !ids.insert(channel.id()) => {
                reader.violation(format!("channels[{index}]"), "leads to the same place as one before it");
            }
            Ok(channel) => channels.push(channel),
        }
    }
    reader.finish("the notification settings", &[])?;
    Ok(Settings { channels })
}

fn array(value: &Value) -> Result<&Vec<Value>, String> {
    let array = value.as_array().ok_or_else(|| format!("must be an array, not {}", read::type_of(value)))?;
    if array.len() > CHANNELS_MAX {
        return Err(format!("must hold at most {CHANNELS_MAX} channels, not {}", array.len()));
    }
    Ok(array)
}

fn channel(
    outer: &Reader<'_>,
    index: usize,
    value: &Value,
    current: &Settings,
    targets: Targets,
) -> Result<Channel, Violations> {
    let path = format!("channels[{index}]");
    let Some(object) = value.as_object() else {
        return Err(Violations::one(path, format!("must be an object, not {}", read::type_of(value))));
    };
    let mut reader = outer.inside(object, format!("{path}."));
    let channel = match required(&mut reader, "type", kind) {
        Some(Kind::Webhook) => webhook(&mut reader, current, targets),
        Some(Kind::Email) => required(&mut reader, "address", address).map(|address| Channel::Email { address }),
        // Which fields it may have depends on the type, so that nothing more can be said.
        None => {
            reader.tolerate(&["url", "secret", "address"]);
            None
        }
    };
    reader.finish("this channel", &[])?;
    channel.ok_or_else(|| Violations::one(path, "is no channel"))
}

enum Kind {
    Webhook,
    Email,
}

fn kind(value: &Value) -> Result<Kind, String> {
    match read::string(value)? {
        "webhook" => Ok(Kind::Webhook),
        "email" => Ok(Kind::Email),
        _ => Err("must be webhook or email".to_owned()),
    }
}

fn webhook(reader: &mut Reader<'_>, current: &Settings, targets: Targets) -> Option<Channel> {
    let url = required(reader, "url", |value| url(value, targets));
    let secret = required(reader, "secret", |value| secret(value, url.as_ref(), current));
    Some(Channel::Webhook { url: url?, secret: secret? })
}

/// Reads a field that may neither be left out nor be null.
fn required<'a, T>(
    reader: &mut Reader<'a>,
    name: &'static str,
    parse: impl FnOnce(&'a Value) -> Result<T, String>,
) -> Option<T> {
    if reader.lacks(name) {
        reader.violation(name, "is missing");
    }
    reader.take_not_null(name, parse)
}

fn url(value: &Value, targets: Targets) -> Result<Url, String> {
    let text = read::string(value)?;
    let url =
        Url::parse(text).map_err(|error| format!("must be a URL such as \"https://example.org/hook\": {error}"))?;
    // As it is kept and sent, where all that is not ASCII takes more characters than as it was given.
    let chars = url.as_str().len();
    if chars > URL_MAX_CHARS {
        return Err(format!("must have at most {URL_MAX_CHARS} characters, not {chars}"));
    }
    let schemes: &[&str] = if targets == Targets::Any { &["https", "http"] } else { &["https"] };
    if !schemes.contains(&url.scheme()) {
        return Err(format!("must begin with {}://", schemes.join(":// or ")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password; requests are signed with the secret".to_owned());
    }
    if url.fragment().is_some() {
        return Err("must not hold a fragment (#…), which is never sent".to_owned());
    }
    if targets == Targets::PublicOnly && is_plainly_private(&url) {
        return Err("must lead to a public address".to_owned());
    }
    Ok(url)
}

/// Whether that can be said without asking for the name's addresses, which is done at each attempt.
fn is_plainly_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        None => true,
    }
}

fn secret(value: &Value, url: Option<&Url>, current: &Settings) -> Result<Secret, String> {
    let text = read::string(value)?;
    if text == MASKED_SECRET {
        let kept = current.channels.iter().find_map(|channel| match channel {
            Channel::Webhook { url: known, secret } if Some(known) == url => Some(secret.clone()),
            Channel::Webhook { .. } | Channel::Email { .. } => None,
        });
        return kept.ok_or_else(|| "must be given in full: there is none yet for this url".to_owned());
    }
    Secret::parse(text).ok_or_else(|| "must be whsec_ and 24 to 64 bytes in base64".to_owned())
}

fn address(value: &Value) -> Result<Address, String> {
    let address: Address =
        read::string(value)?.parse().map_err(|_| "must be an address such as \"a@b.example\"".to_owned())?;
    // `a@[127.0.0.1]` or `a@127.1` would lead the mail server to wherever they like.
    match Host::parse(address.domain()) {
        Ok(Host::Domain(_)) => Ok(address),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => {
            Err("must be at the name of a domain, not at an IP address".to_owned())
        }
    }
}
