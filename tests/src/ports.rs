//! Free loopback ports for servers that want to be told their port.

use std::net::TcpListener;

/// Outside the range from which systems take the ports of outgoing connections (32768 and up on Linux): a port that is
/// free now cannot be taken by a client socket before its server binds it.
const RANGE: std::ops::Range<u16> = 15_000..32_000;

/// A loopback TCP port that nothing listens on.
///
/// # Panics
/// When a thousand random ports are all taken.
#[must_use]
pub fn free() -> u16 {
    for _ in 0..1_000 {
        let random = u16::from_be_bytes(uuid::Uuid::new_v4().as_bytes()[..2].try_into().unwrap());
        let port = RANGE.start + random % (RANGE.end - RANGE.start);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free loopback port in {RANGE:?}")
}
