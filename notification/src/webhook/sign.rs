//! Signatures of Standard Webhooks: symmetric, version 1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::Secret;

const VERSION: &str = "v1,";

/// The value of the header `webhook-signature` of a request with the headers `webhook-id` and `webhook-timestamp` (Unix
/// seconds) and this body.
#[must_use]
pub fn signature(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let code = code(secret, id, &timestamp.to_string(), body).finalize().into_bytes();
    format!("{VERSION}{}", STANDARD.encode(code))
}

/// What a receiver does: whether one of the signatures in the header `webhook-signature`, which spaces separate, is of
/// this request. It takes as long for a wrong one as for the right one. How old the timestamp may be is left to the receiver.
#[must_use]
pub fn verify(secret: &Secret, id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> bool {
    signatures
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix(VERSION)?).ok())
        .any(|signature| code(secret, id, timestamp, body).verify_slice(&signature).is_ok())
}

fn code(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut code = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        code.update(part);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret() -> Secret {
        Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
    }

    /// The vector in the tests of the libraries of Standard Webhooks.
    #[test]
    fn given_the_vector_of_the_specification_when_signed_then_its_signature() {
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(&secret(), ID, TIMESTAMP, BODY), expected);
        assert!(verify(&secret(), ID, "1614265330", expected, BODY));
    }

    #[test]
    fn given_several_signatures_when_one_is_right_then_verified() {
        let right = signature(&secret(), ID, TIMESTAMP, BODY);
        let wrong = signature(&secret(), "another", TIMESTAMP, BODY);
        let verifies = |header: &str| verify(&secret(), ID, &TIMESTAMP.to_string(), header, BODY);
        assert!(verifies(&format!("{wrong} v1a,AAAA {right}")));
        for header in
            ["", "v1,", &wrong, &right.replace("v1,", "v2,"), &right.replace("v1,", "v1 "), &right[..right.len() - 4]]
        {
            assert!(!verifies(header), "{header}");
        }
    }

    proptest! {
        #[test]
        fn given_a_signed_request_when_one_byte_of_it_changes_then_not_verified(
            body in proptest::collection::vec(any::<u8>(), 1..200), place: prop::sample::Index, flipped in 1u8..,
            id in "[a-z0-9-]{1,36}", timestamp in 0i64..4_000_000_000,
        ) {
            let header = signature(&secret(), &id, timestamp, &body);
            let changed = |text: &[u8]| {
                let mut text = text.to_vec();
                let place = place.index(text.len());
                text[place] ^= flipped;
                text
            };
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let time = timestamp.to_string();
            prop_assert!(verify(&secret(), &id, &time, &header, &body));
            prop_assert!(!verify(&secret(), &id, &time, &header, &changed(&body)));
            prop_assert!(!verify(&secret(), &text(changed(id.as_bytes())), &time, &header, &body));
            prop_assert!(!verify(&secret(), &id, &text(changed(time.as_bytes())), &header, &body));
            prop_assert!(!verify(&secret(), &id, &time, &text(changed(header.as_bytes())), &body));
            let other = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx").unwrap();
            prop_assert!(!verify(&other, &id, &time, &header, &body));
        }
    }
}
