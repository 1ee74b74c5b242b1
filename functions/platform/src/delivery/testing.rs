//! Receivers that accept, refuse, hang and cut, and messages for them.

pub mod http;
pub mod smtp;

use std::{future::Future, sync::Arc};

use chrono::{DateTime, Utc};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer};
use serde_json::{Map, json};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use super::{
    Channel,
    message::{Endpoint, Outcome, Outgoing, Tenant},
};

/// Base64 of 24 bytes.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Base64 of 32 bytes.
pub const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=";

/// What no reason may hold of the messages below and of what they are sent with.
const PRIVATE: [&str; 10] = [
    "ann@",
    "example.com",
    "hidden",
    "whsec",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "C2FVsBQIhrscChlQIMV",
    "correct-horse",
    "127.0.0.1",
    "://",
    "quoted",
];

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A clock that most tests send at.
pub fn noon() -> DateTime<Utc> {
    instant("2026-11-22T12:00:00Z")
}

fn message(channel: &str, target: &str) -> Outgoing {
    Outgoing {
        id: Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001),
        tenant: Some(Tenant {
            id: Uuid::from_u128(7),
            slug: "iron-temple".into(),
        }),
        job: "coach-actions".into(),
        channel: channel.into(),
        target: target.into(),
        subject: String::new(),
        body_text: String::new(),
        body_html: String::new(),
        payload: json!({}),
        headers: Map::new(),
        endpoint: None,
    }
}

/// A transactional e-mail with both bodies.
pub fn mail() -> Outgoing {
    Outgoing {
        subject: "A hidden subject".into(),
        body_text: "The hidden text.\n".into(),
        body_html: "<p>The hidden HTML.</p>\n".into(),
        payload: json!({"kind": "hidden-kind", "transactional": true}),
        ..message("email", "ann@example.com")
    }
}

/// A webhook to a URL, signed with [`SECRET`].
pub fn hook(target_url: String) -> Outgoing {
    Outgoing {
        payload: json!({"type": "customer.dormant", "data": {"name": "hidden \u{e4}"}}),
        endpoint: Some(Endpoint {
            target_url,
            secret: SECRET.into(),
            previous_secret: None,
        }),
        ..message("webhook", "0193aaaa-0000-7000-8000-000000000002")
    }
}

/// An update of a contact.
pub fn update() -> Outgoing {
    Outgoing {
        payload: json!({"properties": {"nightshift_trigger": "hidden-trigger", "nightshift_last_order_date": null}}),
        ..message("crm", "ann+1@example.com")
    }
}

/// Sends at noon. Whatever becomes of it, the reason tells nothing that it should not.
pub async fn send(channel: &impl Channel, message: &Outgoing) -> Outcome {
    discreet(channel.send(message, noon()).await)
}

pub fn discreet(outcome: Outcome) -> Outcome {
    if let Outcome::Again { why, .. }
    | Outcome::Closed { why, .. }
    | Outcome::Never { why }
    | Outcome::Gone { why } = &outcome
    {
        assert!(!why.is_empty() && why.len() < 200, "{why}");
        for private in PRIVATE {
            assert!(!why.contains(private), "{why}: holds {private}");
        }
    }
    outcome
}

/// Lets time jump to the next thing that waits for it, from when a receiver is seen to be silent until the outcome is
/// there. So what takes seconds is tried with its true deadline, and takes none.
pub async fn while_silent<T>(silent: impl Future<Output = ()>, sending: impl Future<Output = T>) -> T {
    let (sent, ()) = tokio::join!(sending, async {
        silent.await;
        tokio::time::pause();
    });
    tokio::time::resume();
    sent
}

/// Who issues certificates for this machine.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// TLS of a server that has a certificate for this name.
    pub fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
