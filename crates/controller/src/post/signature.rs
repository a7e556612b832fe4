//! The signature of a request: a time-stamp, and an HMAC-SHA256 over it and the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `t=` the seconds, `v1=` the HMAC-SHA256 of seconds, a dot and the body, in hex.
pub(crate) fn signature(secret: &[u8], seconds: i64, text: &str) -> Option<String> {
    // A key of any length is fine for HMAC.
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    let mac = mac.chain_update(format!("{seconds}.{text}"));
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("t={seconds},v1={hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf '1764168331.{}' | openssl dgst -sha256 -hmac Jefe`.
    #[test]
    fn a_signature_is_what_others_make_of_the_same() {
        let signed = signature(b"Jefe", 1_764_168_331, "{}").unwrap();
        assert_eq!(
            signed,
            "t=1764168331,v1=f189a899b791e7214a70ba6ba4253a2b42f1d8cb8ecd9977f8a7b2e6ad6752c5"
        );
    }
}
