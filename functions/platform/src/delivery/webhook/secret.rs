//! The secrets of webhook endpoints: how they are kept, and what they sign.

use std::{fmt, ops::RangeInclusive};

use anyhow::{Result, anyhow, bail};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, RandomizedNonceKey},
    hmac,
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// What a secret in clear begins with (Standard Webhooks 1.0.0).
const CLEAR: &str = "whsec_";
/// What a sealed one begins with.
const SEALED: &str = "enc:v1:";
/// How long a secret is in bytes, by the standard.
const SECRET_BYTES: RangeInclusive<usize> = 24..=64;
/// How long the key that seals them is in bytes.
const KEY_BYTES: usize = 32;

/// The key under which secrets are kept: the text of the secret that `WEBHOOK_KEY_SECRET_ID` names.
pub struct SealingKey(RandomizedNonceKey);

impl SealingKey {
    /// Reads a key from base64.
    ///
    /// # Errors
    /// When it is none of 32 bytes. The text is not quoted.
    pub fn read(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
        if bytes.len() != KEY_BYTES {
            bail!("the key of webhook secrets (WEBHOOK_KEY_SECRET_ID) must be base64 of {KEY_BYTES} bytes");
        }
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes);
        key.map(Self)
            .map_err(|_| anyhow!("the key of webhook secrets cannot be used"))
    }

    /// Seals a secret (`whsec_…`) as it is stored. Nothing else goes into it (no associated data), so that whoever
    /// stores an endpoint need not know its id before.
    ///
    /// # Errors
    /// When the library fails.
    pub fn seal(&self, secret: &str) -> Result<String> {
        let mut sealed = secret.as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::empty(), &mut sealed);
        let nonce = nonce.map_err(|_| anyhow!("seal a webhook secret"))?;
        let stored = STANDARD.encode([&nonce.as_ref()[..], &sealed].concat());
        Ok(format!("{SEALED}{stored}"))
    }

    /// Opens what [`SealingKey::seal`] has sealed, given without its prefix.
    fn open(&self, sealed: &str) -> Option<String> {
        let mut bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
        let nonce = aws_lc_rs::aead::Nonce::assume_unique_for_key(*nonce);
        let clear = self.0.open_in_place(nonce, Aad::empty(), rest).ok()?;
        String::from_utf8(clear.to_vec()).ok()
    }
}

/// Why a stored secret cannot be signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The key that opens it is missing or another one: the operator's to mend, and then it is as good as ever.
    Locked(&'static str),
    /// The secret itself is none.
    Malformed(&'static str),
}

/// A secret that signs.
pub struct Secret(hmac::Key);

/// It says nothing of itself.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Reads a secret as it is stored: sealed, or in development also in clear.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn read(stored: &str, key: Option<&SealingKey>, is_development: bool) -> Result<Self, Unusable> {
        let clear = match (stored.strip_prefix(SEALED), key) {
            (Some(sealed), Some(key)) => key.open(sealed).ok_or(Unusable::Locked(
                "its endpoint's secret cannot be opened with the key in WEBHOOK_KEY_SECRET_ID",
            ))?,
            (Some(_), None) => {
                return Err(Unusable::Locked(
                    "its endpoint's secret is sealed, and WEBHOOK_KEY_SECRET_ID is not set",
                ));
            }
            (None, _) if is_development => stored.to_owned(),
            (None, _) => {
                return Err(Unusable::Malformed(
                    "its endpoint's secret is not sealed, as it must be outside development",
                ));
            }
        };
        let bytes = clear
            .strip_prefix(CLEAR)
            .and_then(|text| STANDARD.decode(text).ok())
            .filter(|bytes| SECRET_BYTES.contains(&bytes.len()))
            .ok_or(Unusable::Malformed(
                "its endpoint's secret is not whsec_ and base64 of 24 to 64 bytes",
            ))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a webhook: of its id, its time and its body.
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            context.update(part);
        }
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

#[cfg(test)]
mod tests;
