//! How a process begins and ends: files it may open, one shutdown token, and supervised tasks stopped in order.

mod open_files;
mod shutdown;
mod supervisor;

pub use open_files::raise_open_files;
pub use shutdown::Shutdown;
pub(crate) use supervisor::panic_message;
pub use supervisor::{Ended, Stage, Supervisor};
