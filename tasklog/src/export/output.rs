//! Where an export goes: a file that is replaced as a whole, or standard output.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// An output being written. Dropped before [`Output::finish`], the file is as it was.
pub(super) struct Output {
    out: Box<dyn Write>,
    replaced: Option<Replaced>,
}

/// A file, and the new one beside it.
struct Replaced {
    file: PathBuf,
    new: PathBuf,
}

impl Output {
    /// Writes to `file`, else to standard output.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self { out: Box::new(BufWriter::new(io::stdout())), replaced: None }) };
        let unwritable = || format!("{} cannot be written", file.display());
        // What a link points to is replaced, not the link; a pipe or a device takes the text itself.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        if fs::metadata(&file).is_ok_and(|metadata| !metadata.is_file()) {
            let out = BufWriter::new(File::options().write(true).open(&file).with_context(unwritable)?);
            return Ok(Self { out: Box::new(out), replaced: None });
        }
        let mut new = file.clone().into_os_string();
        new.push(".part");
        let new = PathBuf::from(new);
        let out = BufWriter::new(File::create(&new).with_context(unwritable)?);
        Ok(Self { out: Box::new(out), replaced: Some(Replaced { file, new }) })
    }

    /// Writes what follows; false when nobody reads on, as in `tasklog export | head`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&mut self, text: &str) -> anyhow::Result<bool> {
        open_pipe(self.out.write_all(text.as_bytes())).context("the tasks cannot be written")
    }

    /// All is written: the file is replaced now.
    ///
    /// # Errors
    /// When it cannot be.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        open_pipe(self.out.flush()).context("the tasks cannot be written")?;
        if let Some(Replaced { file, new }) = self.replaced.take() {
            fs::rename(&new, &file).with_context(|| format!("{} cannot be replaced", file.display()))?;
        }
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(replaced) = &self.replaced {
            // Left behind it is only a file with a telling name.
            let _ = fs::remove_file(&replaced.new);
        }
    }
}

/// False when the reader has gone: it has seen enough, which is no error.
fn open_pipe(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_file_when_an_export_fails_halfway_then_it_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tasks.jsonl");
        fs::write(&file, "kept\n").unwrap();
        let mut output = Output::open(Some(&file)).unwrap();
        assert!(output.write("{}\n").unwrap());
        drop(output);
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn given_a_link_to_a_file_when_an_export_is_done_then_the_file_is_replaced_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("tasks.jsonl"), folder.path().join("latest"));
        fs::write(&file, "old\n").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut output = Output::open(Some(&link)).unwrap();
        assert!(output.write("{}\n").unwrap());
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{}\n");
        assert!(link.is_symlink());
    }

    #[test]
    fn given_a_device_when_written_then_it_is_not_replaced() {
        let mut output = Output::open(Some(Path::new("/dev/null"))).unwrap();
        assert!(output.write("{}\n").unwrap());
        output.finish().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn given_a_reader_that_has_seen_enough_then_that_is_no_error() {
        assert!(!open_pipe(Err(ErrorKind::BrokenPipe.into())).unwrap());
        assert!(open_pipe(Err(ErrorKind::StorageFull.into())).is_err());
    }
}
