use proptest::prelude::*;

use super::*;
use crate::delivery::testing::{OTHER_SECRET, SECRET};

fn key(byte: u8) -> SealingKey {
    SealingKey::read(&STANDARD.encode([byte; KEY_BYTES])).unwrap()
}

fn unusable(stored: &str, key: Option<&SealingKey>, is_development: bool) -> Unusable {
    Secret::read(stored, key, is_development).unwrap_err()
}

/// The example of the reference implementations' own tests.
#[test]
fn the_published_example_is_signed_as_published() {
    let secret = Secret::read(SECRET, None, true).unwrap();
    assert_eq!(
        secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b"{\"test\": 2432232314}"
        ),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn a_secret_that_was_sealed_signs_as_the_one_in_clear() {
    let key = key(1);
    let sealed = key.seal(SECRET).unwrap();
    assert!(sealed.starts_with("enc:v1:") && !sealed.contains(SECRET));
    assert_ne!(sealed, key.seal(SECRET).unwrap(), "each with a nonce of its own");
    let signed = |secret: &Secret| secret.sign("id", "0", b"{}");
    let clear = Secret::read(SECRET, None, true).unwrap();
    for is_development in [true, false] {
        let opened = Secret::read(&sealed, Some(&key), is_development).unwrap();
        assert_eq!(signed(&opened), signed(&clear));
    }
    let other = Secret::read(OTHER_SECRET, None, true).unwrap();
    assert_ne!(signed(&other), signed(&clear));
}

#[test]
fn a_secret_that_cannot_be_used_is_refused_with_the_reason() {
    let (key, other) = (key(1), key(2));
    let sealed = key.seal(SECRET).unwrap();
    let not_opened =
        Unusable::Locked("its endpoint's secret cannot be opened with the key in WEBHOOK_KEY_SECRET_ID");
    assert_eq!(unusable(&sealed, Some(&other), false), not_opened);
    assert_eq!(unusable("enc:v1:", Some(&key), false), not_opened);
    assert_eq!(unusable("enc:v1:*", Some(&key), false), not_opened);
    assert_eq!(
        unusable(&sealed, None, false),
        Unusable::Locked("its endpoint's secret is sealed, and WEBHOOK_KEY_SECRET_ID is not set")
    );
    assert_eq!(
        unusable(SECRET, Some(&key), false),
        Unusable::Malformed("its endpoint's secret is not sealed, as it must be outside development")
    );
    let malformed = Unusable::Malformed("its endpoint's secret is not whsec_ and base64 of 24 to 64 bytes");
    let of_bytes = |count| format!("whsec_{}", STANDARD.encode(vec![7; count]));
    for stored in [
        "",
        "whsec_",
        "whsec_*",
        &SECRET[6..],
        &of_bytes(23),
        &of_bytes(65),
    ] {
        assert_eq!(unusable(stored, None, true), malformed, "{stored}");
        let sealed = key.seal(stored).unwrap();
        assert_eq!(unusable(&sealed, Some(&key), false), malformed, "{stored}");
    }
    for count in [24, 64] {
        assert!(Secret::read(&of_bytes(count), None, true).is_ok(), "{count}");
    }
}

#[test]
fn a_key_is_32_bytes() {
    for text in ["", "*", &STANDARD.encode([1; 31]), &STANDARD.encode([1; 33])] {
        let error = SealingKey::read(text).err().unwrap().to_string();
        assert_eq!(
            error,
            "the key of webhook secrets (WEBHOOK_KEY_SECRET_ID) must be base64 of 32 bytes"
        );
    }
    assert!(SealingKey::read(&format!(" {}\n", STANDARD.encode([1; 32]))).is_ok());
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened_and_what_was_changed_is_not(text in ".{0,100}", place: usize, bit in 0_u8..8) {
        let key = key(3);
        let sealed = key.seal(&text).unwrap();
        let sealed = sealed.strip_prefix(SEALED).unwrap();
        prop_assert_eq!(key.open(sealed), Some(text));
        let mut bytes = STANDARD.decode(sealed).unwrap();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        prop_assert_eq!(key.open(&STANDARD.encode(&bytes)), None);
        bytes.truncate(place);
        prop_assert_eq!(key.open(&STANDARD.encode(&bytes)), None);
    }
}
