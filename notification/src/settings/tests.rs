use super::*;
use proptest::prelude::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn read(body: &Value, current: &Settings, targets: Targets) -> Result<Settings, Vec<(String, String)>> {
    Settings::from_json(body.as_object().unwrap(), current, targets)
        .map_err(|Violations(violations)| violations.into_iter().map(|v| (v.field, v.detail)).collect())
}

fn public(body: &Value) -> Result<Settings, Vec<(String, String)>> {
    read(body, &Settings::default(), Targets::PublicOnly)
}

fn of(channels: &Value) -> Value {
    json!({ "channels": channels })
}

fn webhook(url: &str) -> Value {
    json!({"type": "webhook", "url": url, "secret": SECRET})
}

fn email(address: &str) -> Value {
    json!({"type": "email", "address": address})
}

/// The one violation of settings with this one channel.
fn violation(channel: &Value) -> (String, String) {
    let mut violations = public(&of(&json!([channel]))).unwrap_err();
    assert_eq!(violations.len(), 1, "{violations:?}");
    violations.remove(0)
}

#[test]
fn given_the_contracts_example_when_read_then_shown_without_its_secret_and_stored_with_it() {
    let settings = public(&of(&json!([webhook("https://example.org/hook?a=b"), email("a@b.example")]))).unwrap();
    assert_eq!(settings.channels.iter().map(Channel::kind).collect::<Vec<_>>(), ["webhook", "email"]);
    assert_eq!(
        settings.shown(),
        json!({"channels": [
            {"type": "webhook", "url": "https://example.org/hook?a=b", "secret": "whsec_********"},
            {"type": "email", "address": "a@b.example"},
        ]})
    );
    assert_eq!(settings.stored()["channels"][0]["secret"], SECRET);
    assert_eq!(Settings::from_stored(settings.stored().as_object().unwrap()), Ok(settings.clone()));
    assert!(!format!("{settings:?}").contains("MfKQ9r8"));
}

#[test]
fn given_no_channels_when_read_then_no_channels_and_without_the_field_a_violation() {
    assert_eq!(public(&of(&json!([]))), Ok(Settings::default()));
    let fields = |body| public(&body).unwrap_err().into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert_eq!(fields(json!({})), ["channels"]);
    assert_eq!(fields(json!({"channels": null})), ["channels"]);
    assert_eq!(fields(json!({"channels": {}})), ["channels"]);
    assert_eq!(fields(json!({"channels": [], "color": 1})), ["color"]);
}

#[test]
fn given_several_wrong_fields_when_read_then_each_named_by_its_path() {
    let body = of(&json!([
        {"type": "webhook", "url": "ftp://example.org", "secret": "whsec_short"},
        7,
        {"type": "carrier-pigeon", "url": 3},
        {"address": "a@b.example"},
        {"type": "email", "address": "nobody", "url": "https://example.org"},
        {"type": "webhook", "url": null},
    ]));
    let fields: Vec<String> = public(&body).unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            "channels[0].url",
            "channels[0].secret",
            "channels[1]",
            "channels[2].type",
            "channels[3].type",
            "channels[4].address",
            "channels[4].url",
            "channels[5].url",
            "channels[5].secret",
        ]
    );
}

#[test]
fn given_limits_when_just_kept_then_read_and_when_just_broken_then_not() {
    let many = |count: usize| of(&(0..count).map(|n| email(&format!("a{n}@b.example"))).collect());
    assert_eq!(public(&many(10)).unwrap().channels.len(), 10);
    assert_eq!(public(&many(11)).unwrap_err()[0].0, "channels");
    let long = |chars: usize| webhook(&format!("https://example.org/{}", "a".repeat(chars - 20)));
    assert!(public(&of(&json!([long(2_000)]))).is_ok());
    assert_eq!(violation(&long(2_001)).1, "must have at most 2000 characters, not 2001");
    let encoded = webhook(&format!("https://example.org/{}", "ü".repeat(331)));
    assert_eq!(violation(&encoded).1, "must have at most 2000 characters, not 2006");
}

#[test]
fn given_urls_that_lead_into_private_networks_when_read_then_refused_but_where_they_are_allowed() {
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://１２７.0.0.1/",
    ] {
        assert_eq!(
            violation(&webhook(url)),
            ("channels[0].url".into(), "must lead to a public address".into()),
            "{url}"
        );
        assert!(read(&of(&json!([webhook(url)])), &Settings::default(), Targets::Any).is_ok(), "{url}");
    }
    assert_eq!(violation(&webhook("http://example.org/")).1, "must begin with https://");
    let plain = of(&json!([webhook("http://example.org/")]));
    assert!(read(&plain, &Settings::default(), Targets::Any).is_ok());
    let file = of(&json!([webhook("file:///etc/passwd")]));
    assert!(read(&file, &Settings::default(), Targets::Any).is_err());
}

#[test]
fn given_urls_with_more_than_a_place_when_read_then_refused() {
    for url in [
        "https://user@example.org/",
        "https://:pass@example.org/",
        "https://example.org/#part",
        "example.org",
        "",
        "https://",
    ] {
        assert_eq!(violation(&webhook(url)).0, "channels[0].url", "{url}");
    }
}

#[test]
fn given_addresses_when_read_then_only_those_at_a_domain() {
    for address in ["a@b.example", "A.b+c@sub.b.example", "jürgen@bücher.example", "a@b"] {
        assert!(public(&of(&json!([email(address)]))).is_ok(), "{address}");
    }
    for address in [
        "",
        "a",
        "a@",
        "@b.example",
        "a@b@c",
        "a b@c.example",
        "a@b.example\r\nRCPT TO:<x@y>",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@127.1",
        "A <a@b.example>",
        "a@b.example,c@d.example",
    ] {
        assert_eq!(violation(&email(address)).0, "channels[0].address", "{address}");
    }
}

#[test]
fn given_two_that_lead_to_the_same_place_when_read_then_the_second_is_named() {
    let twice = |first, second| public(&of(&json!([first, email("x@y.example"), second])));
    let mut other_secret = webhook("https://EXAMPLE.org:443/hook");
    other_secret["secret"] = OTHER_SECRET.into();
    assert_eq!(twice(webhook("https://example.org/hook"), other_secret).unwrap_err()[0].0, "channels[2]");
    assert_eq!(twice(email("a@b.example"), email("a@B.EXAMPLE")).unwrap_err()[0].0, "channels[2]");
    assert_eq!(twice(email("a@bücher.example"), email("a@xn--bcher-kva.example")).unwrap_err()[0].0, "channels[2]");
    assert!(twice(email("a@b.example"), email("A@b.example")).is_ok(), "what is before the @ is the receiver's matter");
}

#[test]
fn given_the_masked_form_when_put_then_each_url_keeps_its_secret() {
    let mut second = webhook("https://example.org/b");
    second["secret"] = OTHER_SECRET.into();
    let current = public(&of(&json!([webhook("https://example.org/a"), second]))).unwrap();
    assert_eq!(read(&current.shown(), &current, Targets::PublicOnly), Ok(current.clone()));

    let mut turned = current.shown();
    turned["channels"].as_array_mut().unwrap().reverse();
    let turned = read(&turned, &current, Targets::PublicOnly).unwrap();
    assert_eq!(turned.channels, [current.channels[1].clone(), current.channels[0].clone()]);
}

#[test]
fn given_the_masked_form_for_another_url_when_put_then_refused() {
    let current = public(&of(&json!([webhook("https://example.org/a")]))).unwrap();
    let mut elsewhere = current.shown();
    elsewhere["channels"][0]["url"] = "https://elsewhere.example/a".into();
    let violations = read(&elsewhere, &current, Targets::PublicOnly).unwrap_err();
    assert_eq!(violations[0].0, "channels[0].secret");
    assert!(violations[0].1.contains("in full"));
}

#[test]
fn given_a_new_secret_when_put_then_the_channel_keeps_its_id() {
    let mut changed = webhook("https://example.org/a");
    changed["secret"] = OTHER_SECRET.into();
    let id = |channel: &Value| public(&of(&json!([channel]))).unwrap().channels[0].id();
    assert_eq!(id(&webhook("https://example.org/a")), id(&changed));
    assert_ne!(id(&webhook("https://example.org/a")), id(&webhook("https://example.org/b")));
    // Rows in the database hold these: they may never change.
    assert_eq!(id(&webhook("https://example.org/a")).to_string(), "27467cd2-2bd9-5566-869e-7fc6fc9ca57e");
    assert_eq!(id(&email("a@b.example")).to_string(), "82e30d35-6711-56a8-80f1-5ba81dcf9679");
}

proptest! {
    #[test]
    fn given_any_json_when_read_then_settings_that_are_stored_and_read_again_as_they_were(
        kind in "webhook|email|",
        url in "(https?://)?[a-zü0-9.:@/?#%\\[\\]-]{0,30}",
        address in "\\PC{0,10}@?[a-z.\\[\\]0-9]{0,10}",
    ) {
        let body = of(&json!([{"type": kind, "url": url, "secret": SECRET}, {"type": kind, "address": address}]));
        for targets in [Targets::PublicOnly, Targets::Any] {
            if let Ok(settings) = read(&body, &Settings::default(), targets) {
                prop_assert_eq!(Settings::from_stored(settings.stored().as_object().unwrap()), Ok(settings));
            }
        }
    }
}
