//! Whether a push notice comes from whom it says: the signatures of GitHub and GitLab.
//!
//! A notice is only ever a hint to look sooner; what it says of commits is not read. The route is the API's.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

/// Why a notice is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No secret is set, so nobody can be believed.
    #[error("no webhook secret is set; set one here and at the git server")]
    NoSecret,
    /// Neither GitHub's nor GitLab's header is there.
    #[error(
        "the notice has neither X-Hub-Signature-256 nor X-Gitlab-Token; set the secret at the git server"
    )]
    Unsigned,
    /// It was signed with another secret, or changed on the way.
    #[error("the notice's signature does not fit; set the same secret here and at the git server")]
    Wrong,
}

/// Whether a notice was sent by somebody who knows the secret. Takes the same time wherever a signature is wrong.
///
/// # Errors
///
/// Why not.
pub fn verify(headers: &HeaderMap, body: &[u8], secret: &[u8]) -> Result<(), Refused> {
    if secret.is_empty() {
        return Err(Refused::NoSecret);
    }
    if let Some(signature) = headers.get("x-hub-signature-256") {
        return github(signature.as_bytes(), body, secret);
    }
    match headers.get("x-gitlab-token") {
        Some(token) => gitlab(token.as_bytes(), secret),
        None => Err(Refused::Unsigned),
    }
}

/// `sha256=` and the HMAC of the body in hex.
fn github(signature: &[u8], body: &[u8], secret: &[u8]) -> Result<(), Refused> {
    let written = signature.strip_prefix(b"sha256=").and_then(from_hex);
    let mac = keyed(secret)?.chain_update(body);
    mac.verify_slice(&written.ok_or(Refused::Wrong)?)
        .map_err(|_| Refused::Wrong)
}

/// The secret itself. Both sides are hashed first: a comparison then tells nothing of either, its length included.
fn gitlab(token: &[u8], secret: &[u8]) -> Result<(), Refused> {
    let ours = keyed(secret)?.chain_update(secret).finalize().into_bytes();
    keyed(secret)?
        .chain_update(token)
        .verify_slice(&ours)
        .map_err(|_| Refused::Wrong)
}

fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>, Refused> {
    // A key of any length is fine for HMAC.
    Hmac::new_from_slice(secret).map_err(|_| Refused::NoSecret)
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let pairs = text.chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    /// GitHub's own example: "Validating webhook deliveries" in its documentation.
    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str =
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn githubs_own_example_is_believed() {
        assert_eq!(
            verify(&with("x-hub-signature-256", SIGNATURE), BODY, SECRET),
            Ok(())
        );
    }

    #[test]
    fn anything_changed_is_not_believed() {
        let signed = |signature: &str| with("x-hub-signature-256", signature);
        let wrong = Err(Refused::Wrong);
        assert_eq!(verify(&signed(SIGNATURE), b"Hello, world!", SECRET), wrong);
        assert_eq!(verify(&signed(SIGNATURE), BODY, b"another"), wrong);
        let cut = &SIGNATURE[..SIGNATURE.len() - 2];
        for signature in ["", "sha256=", "sha1=757107ea", "sha256=zz", "sha256=7", cut] {
            assert_eq!(
                verify(&signed(signature), BODY, SECRET),
                wrong,
                "{signature}"
            );
        }
    }

    #[test]
    fn gitlabs_token_is_the_secret_itself() {
        let token = |token: &str| with("x-gitlab-token", token);
        assert_eq!(verify(&token("s3cret"), BODY, b"s3cret"), Ok(()));
        for other in ["", "s3cre", "s3cret1", "S3cret"] {
            assert_eq!(verify(&token(other), BODY, b"s3cret"), Err(Refused::Wrong));
        }
    }

    #[test]
    fn without_a_secret_or_a_signature_nobody_is_believed() {
        assert_eq!(
            verify(&with("x-gitlab-token", ""), BODY, b""),
            Err(Refused::NoSecret)
        );
        assert_eq!(
            verify(&HeaderMap::new(), BODY, SECRET),
            Err(Refused::Unsigned)
        );
    }
}
