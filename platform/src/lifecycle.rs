//! How a process ends: one shutdown token, and supervised tasks stopped in order.

mod shutdown;
mod supervisor;

pub use shutdown::Shutdown;
pub(crate) use supervisor::panic_message;
pub use supervisor::{Ended, Stage, Supervisor};
