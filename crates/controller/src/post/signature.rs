//! The signature of a request: a time-stamp, and an HMAC-SHA256 over it and the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// `t=` the seconds, and for each key `v1=` the HMAC-SHA256 of seconds, a dot and the body, in hex.
pub(crate) fn signature(key: &Secret, seconds: i64, text: &str) -> Option<String> {
    let signed = |key: &[u8]| {
        // A key of any length is fine for HMAC.
        let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        let mac = mac.chain_update(format!("{seconds}.{text}"));
        let bytes = mac.finalize().into_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(format!(",v1={hex}"))
    };
    let keys = key.signs();
    let signed: Option<String> = keys.iter().map(|key| signed(key.as_bytes())).collect();
    Some(format!("t={seconds}{}", signed?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf '1764168331.{}' | openssl dgst -sha256 -hmac Jefe`.
    #[test]
    fn a_signature_is_what_others_make_of_the_same() {
        let signed = signature(&Secret::fixed("Jefe"), 1_764_168_331, "{}").unwrap();
        assert_eq!(
            signed,
            "t=1764168331,v1=f189a899b791e7214a70ba6ba4253a2b42f1d8cb8ecd9977f8a7b2e6ad6752c5"
        );
    }
}
