//! The files of a page, each with its compressed forms, and what is sent with them.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use headers::ETag;
use sha2::{Digest, Sha256};

use super::accept;

/// Names below this folder hold a hash of what is in the file, so a file never changes.
const HASHED: &str = "assets/";

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, and asked for anew each time, which costs an answer without a body.
const ASKED_FOR_ANEW: HeaderValue = HeaderValue::from_static("no-cache");

/// Endings of compressed forms with the names of their codings, best first.
const CODINGS: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// The coding of a file as it is.
const IDENTITY: &str = "identity";

/// The files of a page by their paths.
#[derive(Debug)]
pub(super) struct Files(BTreeMap<String, File>);

/// One file.
#[derive(Debug)]
pub(super) struct File {
    /// Its media type.
    pub(super) content_type: HeaderValue,
    /// How long it may be kept.
    pub(super) cache_control: HeaderValue,
    /// What of a request the answer depends on.
    pub(super) vary: HeaderValue,
    /// Whether it is the page itself, and not something that the page is made of.
    pub(super) is_page: bool,
    /// The forms it is there in, best first; the last one is the file as it is.
    forms: Vec<Form>,
}

/// A form of a file.
#[derive(Debug)]
pub(super) struct Form {
    coding: &'static str,
    /// Another one for each form.
    pub(super) etag: ETag,
    /// The bytes.
    pub(super) body: Bytes,
}

impl Files {
    pub(super) fn new(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let all: BTreeMap<String, Bytes> = files.into_iter().collect();
        let own = all.iter().filter(|(path, _)| !is_compressed_form(path, &all));
        Self(own.map(|(path, body)| (path.clone(), File::new(path, body, &all))).collect())
    }

    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }
}

fn is_compressed_form(path: &str, all: &BTreeMap<String, Bytes>) -> bool {
    CODINGS.iter().any(|(ending, _)| path.strip_suffix(ending).is_some_and(|of| all.contains_key(of)))
}

impl File {
    fn new(path: &str, body: &Bytes, all: &BTreeMap<String, Bytes>) -> Self {
        let digest = Sha256::digest(body);
        let hash = u64::from_be_bytes(*digest.first_chunk().expect("SHA-256 has 32 bytes"));
        let form = |coding, body: &Bytes| {
            let etag =
                format!("\"{hash:016x}-{coding}\"").parse().expect("digits and letters in quotes are an entity tag");
            Form { coding, etag, body: body.clone() }
        };
        let compressed =
            CODINGS.iter().filter_map(|(ending, coding)| Some(form(*coding, all.get(&format!("{path}{ending}"))?)));
        let forms = compressed.chain([form(IDENTITY, body)]).collect();
        let media_type = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
        let is_html = media_type == "text/html";
        Self {
            content_type: content_type(media_type),
            cache_control: if path.starts_with(HASHED) { FOR_EVER } else { ASKED_FOR_ANEW },
            // A page is given to those who take HTML; who does not gets a problem at the same path.
            vary: HeaderValue::from_static(if is_html { "accept, accept-encoding" } else { "accept-encoding" }),
            is_page: is_html,
            forms,
        }
    }

    /// The form that the client would like best; of several the smallest.
    pub(super) fn form(&self, headers: &HeaderMap) -> &Form {
        let liked = |form: &&Form| match form.coding {
            // Nobody can refuse it: there is nothing else.
            IDENTITY => accept::coding(headers, IDENTITY).max(1),
            coding => accept::coding(headers, coding),
        };
        self.forms.iter().rev().max_by_key(liked).expect("a file is there as it is")
    }
}

impl Form {
    /// What `Content-Encoding` says; nothing for a file as it is.
    pub(super) fn content_encoding(&self) -> Option<(header::HeaderName, HeaderValue)> {
        (self.coding != IDENTITY).then(|| (header::CONTENT_ENCODING, HeaderValue::from_static(self.coding)))
    }
}

fn content_type(media_type: &'static str) -> HeaderValue {
    if media_type.starts_with("text/") {
        return HeaderValue::from_str(&format!("{media_type}; charset=utf-8")).expect("a media type is a header value");
    }
    HeaderValue::from_static(media_type)
}
