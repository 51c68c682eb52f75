//! The storage's URL. Tansu takes the path out of a URL without decoding it, so a path with a space
//! or an umlaut cannot be written there.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use url::Url;

/// Keeps the folder's descriptor open for as long as the storage uses it.
#[derive(Debug)]
pub(super) struct Held(#[expect(dead_code, reason = "held, not read")] Option<File>);

/// The URL of the database file `path`. Where it cannot be written in a URL, its folder is reached
/// through `/proc/self/fd`.
pub(super) fn of(path: &Path) -> io::Result<(Url, Held)> {
    if let Some(url) = path.to_str().and_then(plain) {
        return Ok((url, Held(None)));
    }
    let unusable = || {
        io::Error::other(
            "its path cannot be written in a URL; choose a data folder of ASCII letters, digits and - _ . /",
        )
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(unusable());
    };
    let held = File::open(folder)?;
    let through = format!("/proc/self/fd/{}", held.as_raw_fd());
    if !Path::new(&through).exists() {
        return Err(unusable());
    }
    let url = plain(&format!("{through}/{name}")).ok_or_else(unusable)?;
    Ok((url, Held(Some(held))))
}

fn plain(path: &str) -> Option<Url> {
    let safe = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    // Four slashes: no host, and a path that stays absolute after Tansu cut the first one off.
    safe.then(|| Url::parse(&format!("sqlite:///{path}")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_plain_path_then_it_stands_in_the_url_with_its_root() {
        let (url, _held) = of(Path::new("/srv/data-1/kafka/log.sqlite")).unwrap();
        assert_eq!(url.path(), "//srv/data-1/kafka/log.sqlite");
    }

    #[test]
    fn given_a_path_with_a_space_then_its_folder_is_reached_by_descriptor() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("meine Daten ü");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("log.sqlite"), "x").unwrap();
        let (url, _held) = of(&folder.join("log.sqlite")).unwrap();
        assert_eq!(std::fs::read(url.path().strip_prefix('/').unwrap()).unwrap(), b"x");
    }
}
