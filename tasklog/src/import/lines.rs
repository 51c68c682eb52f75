//! The lines of a file, decompressed where needed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Stdin};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// The longest line that is read, in bytes: what fits into one request.
pub(super) const LINE_MAX_BYTES: usize = 1024 * 1024 - 256;

/// How much of a file tells what it is, in bytes.
const START_BYTES: u64 = 4096;

/// The bytes every gzip file starts with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Read(Vec<u8>),
    /// Over [`LINE_MAX_BYTES`].
    TooLong,
}

/// A file being read.
pub(super) struct Source {
    reader: Box<dyn BufRead + Send>,
    read_bytes: Arc<AtomicU64>,
    total_bytes: Option<u64>,
}

/// Opens `path`; `-` is standard input. What is compressed is told by its first bytes, not by its name.
pub(super) fn open(path: &Path) -> io::Result<Source> {
    if path == Path::new("-") {
        return Source::new(StdinReader(io::stdin()), None);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Source::new(file, metadata.is_file().then_some(metadata.len()))
}

impl Source {
    pub(super) fn new(file: impl Read + Send + 'static, total_bytes: Option<u64>) -> io::Result<Self> {
        let read_bytes = Arc::new(AtomicU64::new(0));
        let mut raw = BufReader::new(Counted { inner: file, read_bytes: read_bytes.clone() });
        let compressed = raw.fill_buf()?.starts_with(&GZIP);
        let reader: Box<dyn BufRead + Send> =
            if compressed { Box::new(BufReader::new(MultiGzDecoder::new(raw))) } else { Box::new(raw) };
        Ok(Self { reader, read_bytes, total_bytes })
    }

    /// The file's size, where it has one.
    pub(super) fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// Bytes read so far, as they are stored.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// The first bytes, decompressed; they are read again afterwards.
    pub(super) fn start(&mut self) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        self.reader.by_ref().take(START_BYTES).read_to_end(&mut start)?;
        let rest = std::mem::replace(&mut self.reader, Box::new(io::empty()));
        self.reader = Box::new(io::Cursor::new(start.clone()).chain(rest));
        Ok(start)
    }

    /// All of it, decompressed, unless that is more than `max_bytes`.
    pub(super) fn read_whole(mut self, max_bytes: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max_bytes {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has over {max_bytes} bytes")));
        }
        Ok(bytes)
    }

    /// The next line; `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let limit = u64::try_from(LINE_MAX_BYTES + 2).unwrap_or(u64::MAX);
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let whole = line.last() == Some(&b'\n');
        while line.last().is_some_and(|byte| b"\r\n".contains(byte)) {
            line.pop();
        }
        if line.len() <= LINE_MAX_BYTES {
            return Ok(Some(Line::Read(line)));
        }
        if !whole {
            self.skip_rest_of_line()?;
        }
        Ok(Some(Line::TooLong))
    }

    fn skip_rest_of_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.reader.consume(used);
            if ended {
                return Ok(());
            }
        }
    }
}

/// Counts what goes through.
struct Counted<R> {
    inner: R,
    read_bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read_bytes.fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
        Ok(count)
    }
}

/// Standard input, locked for each read rather than held.
struct StdinReader(Stdin);

impl Read for StdinReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(bytes: Vec<u8>) -> Vec<Line> {
        let mut source = Source::new(io::Cursor::new(bytes), None).unwrap();
        std::iter::from_fn(|| source.next_line().unwrap()).collect()
    }

    #[test]
    fn given_lines_plain_or_compressed_when_read_then_they_are_the_same() {
        let plain = b"{\"a\":1}\r\n\n{\"b\":2}".to_vec();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plain).unwrap();
        let lines = all(plain);
        assert_eq!(
            lines,
            [Line::Read(b"{\"a\":1}".to_vec()), Line::Read(Vec::new()), Line::Read(b"{\"b\":2}".to_vec())]
        );
        assert_eq!(all(encoder.finish().unwrap()), lines);
    }

    #[test]
    fn given_a_file_whose_start_was_looked_at_when_read_then_nothing_is_missing() {
        let text = "some line\n".repeat(1_000).into_bytes();
        let source = || {
            let mut source = Source::new(io::Cursor::new(text.clone()), None).unwrap();
            assert_eq!(source.start().unwrap(), text[..4096]);
            source
        };
        assert_eq!(source().read_whole(10_000).unwrap(), text);
        assert_eq!(source().read_whole(9_999).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let mut lines = source();
        let lines = std::iter::from_fn(|| lines.next_line().unwrap());
        assert_eq!(lines.filter(|line| *line == Line::Read(b"some line".to_vec())).count(), 1_000);
        let mut short = Source::new(io::Cursor::new("ab"), None).unwrap();
        assert_eq!((short.start().unwrap(), short.read_whole(2).unwrap()), (b"ab".to_vec(), b"ab".to_vec()));
    }

    #[test]
    fn given_a_line_over_the_limit_when_read_then_the_next_one_is_whole() {
        for excess in [1, 2, 100_000] {
            let long = "x".repeat(LINE_MAX_BYTES + excess);
            assert_eq!(
                all(format!("{long}\nnext\n").into_bytes()),
                [Line::TooLong, Line::Read(b"next".to_vec())],
                "{excess}"
            );
        }
        let just = "x".repeat(LINE_MAX_BYTES);
        assert_eq!(all(format!("{just}\nnext").into_bytes()).len(), 2);
    }
}
