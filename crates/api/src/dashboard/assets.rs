//! Styles, scripts and the icon: compiled in, named by their content, so that browsers may keep them for ever.
//!
//! What belongs here: files that are the same for everybody.

use std::{io::Write as _, sync::LazyLock};

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asset {
    /// Our styles.
    Style,
    /// Updates without reload.
    Live,
    /// Charts.
    Chart,
    /// uPlot, as its author built it.
    Uplot,
    /// uPlot's styles.
    UplotStyle,
    /// The icon.
    Icon,
}

struct Source {
    asset: Asset,
    stem: &'static str,
    ending: &'static str,
    kind: &'static str,
    text: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

const SOURCES: &[Source] = &[
    Source {
        asset: Asset::Style,
        stem: "dashboard",
        ending: "css",
        kind: CSS,
        text: include_str!("../../assets/dashboard.css"),
    },
    Source {
        asset: Asset::Live,
        stem: "live",
        ending: "js",
        kind: JS,
        text: include_str!("../../assets/live.js"),
    },
    Source {
        asset: Asset::Chart,
        stem: "chart",
        ending: "js",
        kind: JS,
        text: include_str!("../../assets/chart.js"),
    },
    Source {
        asset: Asset::Uplot,
        stem: "uplot",
        ending: "js",
        kind: JS,
        text: include_str!("../../assets/uplot/uPlot.iife.min.js"),
    },
    Source {
        asset: Asset::UplotStyle,
        stem: "uplot",
        ending: "css",
        kind: CSS,
        text: include_str!("../../assets/uplot/uPlot.min.css"),
    },
    Source {
        asset: Asset::Icon,
        stem: "icon",
        ending: "svg",
        kind: "image/svg+xml",
        text: include_str!("../../assets/icon.svg"),
    },
];

struct Served {
    asset: Asset,
    name: String,
    url: String,
    kind: &'static str,
    plain: Bytes,
    packed: Bytes,
}

static SERVED: LazyLock<Vec<Served>> = LazyLock::new(|| SOURCES.iter().map(served).collect());

fn served(source: &Source) -> Served {
    let digest = Sha256::digest(source.text.as_bytes());
    let hash: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    let name = format!("{}.{hash}.{}", source.stem, source.ending);
    Served {
        asset: source.asset,
        url: format!("/assets/{name}"),
        name,
        kind: source.kind,
        plain: Bytes::from_static(source.text.as_bytes()),
        packed: gzip(source.text.as_bytes()).unwrap_or_default().into(),
    }
}

/// Where the file is.
pub(super) fn url(asset: Asset) -> &'static str {
    let found = SERVED.iter().find(|s| s.asset == asset);
    found.map_or("", |s| s.url.as_str())
}

/// Packed; `None` where that fails, which in memory it does not.
pub(super) fn gzip(content: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

/// Whether the client can unpack.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|v| v.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|part| {
        let mut words = part.split(';').map(str::trim);
        words.next() == Some("gzip") && words.next() != Some("q=0")
    })
}

/// One of the files.
pub(super) async fn get(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(served) = SERVED.iter().find(|s| s.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let constant = [
        (header::CONTENT_TYPE, served.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    if takes_gzip(&headers) && !served.packed.is_empty() {
        let packed = [(header::CONTENT_ENCODING, "gzip")];
        return (constant, packed, Body::from(served.packed.clone())).into_response();
    }
    (constant, Body::from(served.plain.clone())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_an_address_of_its_own_with_its_hash() {
        let mut urls: Vec<_> = SOURCES.iter().map(|s| url(s.asset)).collect();
        urls.sort_unstable();
        urls.dedup();
        assert_eq!(urls.len(), SOURCES.len());
        assert!(urls.iter().all(|u| u.split('.').count() == 3), "{urls:?}");
    }

    #[test]
    fn all_files_together_leave_room_for_the_page_within_150_kb() {
        let plain: usize = SERVED.iter().map(|s| s.plain.len()).sum();
        assert!(plain < 95_000, "{plain} bytes without packing");
    }

    #[test]
    fn a_client_that_refuses_gzip_gets_none() {
        let takes = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::ACCEPT_ENCODING,
                header::HeaderValue::from_static(value),
            );
            takes_gzip(&headers)
        };
        assert!(takes("br, gzip;q=0.8"));
        assert!(!takes("gzip;q=0, br"));
        assert!(!takes("br"));
    }
}
