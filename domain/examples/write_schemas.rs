//! Writes `schemas/events/` and `schemas/asyncapi.json`: schemas follow the code, a sample that is there already stays as it is.

use std::error::Error;
use std::fs;
use std::path::Path;

use domain::schemas::{asyncapi, event_schemas, golden_samples, render};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/events");
    fs::create_dir_all(&folder)?;
    for (file, schema) in event_schemas() {
        fs::write(folder.join(file), render(&schema))?;
    }
    for (file, sample) in golden_samples() {
        let path = folder.join(file);
        if !path.exists() {
            fs::write(path, render(&sample))?;
        }
    }
    fs::write(folder.join("../asyncapi.json"), render(&asyncapi()))?;
    Ok(())
}
