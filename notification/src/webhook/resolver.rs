//! The resolver of the webhooks' client: a name leads to public addresses, or nowhere.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;
use crate::Targets;

/// A name, or an address in a URL, leads where webhooks may not.
#[derive(Debug, thiserror::Error)]
#[error("{host} is not at a public address")]
pub(super) struct NotPublic {
    pub(super) host: String,
}

/// Asks the system, at each connection anew, and gives the connection nothing that it has not checked. What it refuses may be
/// answered otherwise later.
pub(super) struct GuardedResolver {
    pub(super) targets: Targets,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.targets;
        Box::pin(async move {
            // The port is the client's to set.
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            checked(name.as_str(), &addresses, targets)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// One address that is not public is enough to refuse: an honest name has none beside its public ones.
fn checked(name: &str, addresses: &[SocketAddr], targets: Targets) -> Result<(), NotPublic> {
    let private = addresses.iter().find(|address| !is_public(address.ip()));
    match private {
        Some(address) if targets == Targets::PublicOnly => {
            // For the operator alone: to its owner it would tell how our network is made.
            tracing::warn!(name, %address, "refused a webhook whose name is not at public addresses only");
            Err(NotPublic { host: name.to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], targets: Targets) -> bool {
        let addresses: Vec<SocketAddr> =
            addresses.iter().map(|text| (text.parse::<std::net::IpAddr>().unwrap(), 0).into()).collect();
        checked("hook.example", &addresses, targets).is_ok()
    }

    #[test]
    fn given_one_private_address_among_public_ones_when_checked_then_refused_unless_allowed() {
        assert!(check(&["1.1.1.1", "2606:4700::1111"], Targets::PublicOnly));
        for addresses in
            [&["1.1.1.1", "10.0.0.1"][..], &["::1", "1.1.1.1"], &["::ffff:127.0.0.1"], &["169.254.169.254"]]
        {
            assert!(!check(addresses, Targets::PublicOnly), "{addresses:?}");
            assert!(check(addresses, Targets::Any), "{addresses:?}");
        }
    }

    #[tokio::test]
    async fn given_a_name_of_this_machine_when_resolved_then_refused_unless_allowed() {
        let resolve = |targets| GuardedResolver { targets }.resolve("localhost".parse().unwrap());
        let refused = resolve(Targets::PublicOnly).await.err().unwrap();
        assert!(refused.is::<NotPublic>(), "{refused}");
        assert!(resolve(Targets::Any).await.unwrap().all(|address| address.ip().is_loopback()));
    }
}
