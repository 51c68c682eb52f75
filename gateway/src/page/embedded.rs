//! The files that `build.rs` has found.

use axum::body::Bytes;
use include_dir::{Dir, include_dir};

static BUILT: Dir<'static> = include_dir!("$OUT_DIR/page");

/// Every file with its path; none where the build had no page.
pub(super) fn files() -> Vec<(String, Bytes)> {
    let mut found = Vec::new();
    collect(&BUILT, &mut found);
    found
}

fn collect(folder: &Dir<'static>, found: &mut Vec<(String, Bytes)>) {
    found.extend(folder.files().map(|file| {
        let path = file.path().to_string_lossy().replace('\\', "/");
        (path, Bytes::from_static(file.contents()))
    }));
    for inner in folder.dirs() {
        collect(inner, found);
    }
}
