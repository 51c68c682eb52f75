//! What a command answers, on standard output.

use std::io::{self, ErrorKind, Write};

/// Writes `text`. A reader that has seen enough, as `head` has, is no error.
///
/// # Errors
/// When it cannot be written, as on a full disk.
pub fn print(text: &str) -> io::Result<()> {
    write(&mut io::stdout().lock(), text)
}

fn write(out: &mut impl Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes nothing, for one reason.
    struct Closed(ErrorKind);

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn given_a_reader_that_is_gone_then_that_is_no_error_but_a_full_disk_is() {
        assert!(write(&mut Closed(ErrorKind::BrokenPipe), "text").is_ok());
        assert_eq!(write(&mut Closed(ErrorKind::StorageFull), "text").unwrap_err().kind(), ErrorKind::StorageFull);
    }
}
