//! What stands for a task's tags in indexes, whose entries must be short: a tag has up to 64 characters, a task up to 50 tags.
//!
//! Both marks follow from the tag alone (and what else is named here), in every build and on every machine. They only narrow down
//! what is read: whoever asks by them asks for the tags too.

use domain::task::{Priority, Status};
use sha2::{Digest, Sha256};

/// Two bits of 64 for each tag. A task with these tags has all of these bits; few others have.
pub fn bits(tags: &[String]) -> i64 {
    let of = |tag: &String| {
        let [first, second, ..] = hash(&[tag]);
        (1_u64 << (first % 64)) | (1_u64 << (second % 64))
    };
    tags.iter().map(of).fold(0, |all, bits| all | bits).cast_signed()
}

/// A number for a tag on a task of this tenant with this status and priority.
pub fn key(tenant: &str, status: Status, priority: Priority, tag: &str) -> i64 {
    i64::from_be_bytes(hash(&[tenant, status.as_str(), priority.as_str(), tag]))
}

/// The first 64 bits of a SHA-256 over the parts.
fn hash(parts: &[impl AsRef<str>]) -> [u8; 8] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_ref().as_bytes());
        // In no part: they do not run together.
        digest.update([0]);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finalize()[..8]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn given_tags_when_marked_then_the_bits_of_some_of_them_are_among_the_bits_of_all() {
        let all = bits(&tags(&["home", "work", "caf\u{e9}"]));
        for some in [&["home"][..], &["work", "caf\u{e9}"], &[]] {
            let some = bits(&tags(some));
            assert_eq!(all & some, some);
        }
        assert_eq!(bits(&[]), 0);
    }

    #[test]
    fn given_a_tag_when_marked_then_the_marks_are_those_that_are_stored() {
        let key = |tenant| key(tenant, Status::Pending, Priority::High, "home");
        assert_eq!((bits(&tags(&["home"])), key("default")), (1_116_691_496_960, -6_666_803_493_236_078_606));
        assert_ne!(key("default"), key("other"));
    }
}
