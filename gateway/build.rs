//! Copies the built page, where there is one, to where the crate embeds it from.
//!
//! It comes from `web/dist`, or from the folder that `TASKLOG_PAGE` names (relative to the project's folder). Without a page the
//! crate is built all the same and says so when it is asked for one.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TASKLOG_PAGE");
    let project = folder("CARGO_MANIFEST_DIR").join("..");
    let named = env::var_os("TASKLOG_PAGE").filter(|name| !name.is_empty());
    let source = project.join(named.as_ref().map_or_else(|| Path::new("web/dist"), Path::new));
    if named.is_none() {
        // Cargo runs this script again when the folder changes; what does not exist would always count as changed. Where it
        // cannot be made, that is all that happens.
        let _ = fs::create_dir_all(&source);
    }
    println!("cargo::rerun-if-changed={}", source.display());
    let embedded = folder("OUT_DIR").join("page");
    if let Err(error) = replace(&embedded, &source) {
        println!("cargo::warning=the page in {} is left out: {error}", source.display());
        empty(&embedded).expect("a folder below OUT_DIR can be made");
    }
}

fn folder(variable: &str) -> PathBuf {
    env::var_os(variable).expect("Cargo sets it").into()
}

fn replace(embedded: &Path, source: &Path) -> io::Result<()> {
    empty(embedded)?;
    copy(source, embedded)
}

fn empty(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

/// Copies what is in `from`, but for names that begin with a dot: those are notes of whoever built the page.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
