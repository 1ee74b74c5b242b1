//! How the database is trusted: a server in front of PostgreSQL that speaks TLS with certificates of the test's own
//! authority. It listens at 127.0.0.2, which the program does not take for this machine.

use std::{fs, path::PathBuf, sync::Arc};

use demo::runtime_api::Function;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::{
    log::{checked, error},
    stage::{binary, rule_with_id},
    vault::{JOB, Vault},
};

/// Linux has the whole of 127.0.0.0/8; elsewhere it is an alias of the loopback interface.
const HOST: &str = "127.0.0.2";

/// What a PostgreSQL client sends first when it wants TLS: eight bytes, and the number of the request.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Who issues certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A server that has a certificate for this name, good until 31 December of this year.
    fn server(&self, name: &str, until: i32) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap()
    }
}

/// A file that is there as long as the test.
struct File(PathBuf);

impl File {
    fn new(content: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string());
        fs::write(&path, content).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// What came of a connection to a [`Server`].
#[derive(Debug, PartialEq)]
enum Met {
    /// The handshake was made, and PostgreSQL spoken to.
    Trusted,
    Refused,
    /// TLS was asked for and not to be had; what the client sent after that.
    Clear(Vec<u8>),
}

/// PostgreSQL as another host would offer it.
struct Server {
    port: u16,
    close: oneshot::Sender<()>,
    served: JoinHandle<Vec<Met>>,
}

impl Server {
    /// Listens in front of PostgreSQL's port, with TLS where it has a certificate.
    async fn start(postgres: u16, tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind((HOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let (close, mut closed) = oneshot::channel();
        let served = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((client, _)) = listener.accept() => {
                        connections.spawn(serve(client, postgres, acceptor.clone()));
                    }
                    _ = &mut closed => return connections.join_all().await,
                }
            }
        });
        Self { port, close, served }
    }

    /// Waits for the end of every connection and tells what came of each.
    async fn met(self) -> Vec<Met> {
        self.close.send(()).unwrap();
        self.served.await.unwrap()
    }
}

async fn serve(mut client: TcpStream, postgres: u16, acceptor: Option<TlsAcceptor>) -> Met {
    let mut request = [0; SSL_REQUEST.len()];
    client.read_exact(&mut request).await.unwrap();
    assert_eq!(request, SSL_REQUEST, "nothing is said before TLS");
    let Some(acceptor) = acceptor else {
        client.write_all(b"N").await.unwrap();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        return Met::Clear(rest);
    };
    client.write_all(b"S").await.unwrap();
    let Ok(mut client) = acceptor.accept(client).await else {
        return Met::Refused;
    };
    let mut server = TcpStream::connect(("127.0.0.1", postgres)).await.unwrap();
    // Whichever side leaves, and however: the connection is over.
    drop(copy_bidirectional(&mut client, &mut server).await);
    Met::Trusted
}

/// The function, led to the server by `DATABASE_URL`.
fn function(vault: &Vault, server: &Server, parameters: &str) -> Function {
    let (login, options) = (&vault.login, vault.stage.db.options());
    let database = options.get_database().unwrap();
    let url = format!(
        "postgres://{login}:correct-horse@{HOST}:{}/{database}{parameters}",
        server.port
    );
    Function::new(binary(JOB), JOB).env("DATABASE_URL", &url)
}

#[tokio::test]
async fn a_run_goes_through_tls_by_a_certificate_of_the_given_authority() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    let authority = Authority::new();
    let server = Server::start(vault.port().await, Some(authority.server(HOST, 2999))).await;
    let mut content = vault.content("correct-horse").await;
    content["host"] = json!(HOST);
    content["port"] = json!(server.port);
    vault.create(&content.to_string()).await;
    let file = File::new(&authority.0.pem());
    let function = vault.function().env("DATABASE_CA_FILE", file.path());
    let invocation = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    assert_eq!(invocation.answer().unwrap()["processed"], 10);
    assert_eq!(
        server.met().await,
        [Met::Trusted, Met::Trusted],
        "the run's connection and its lock's"
    );
    drop(function);
    vault.drop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_refused_with_the_reason() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    let (authority, other) = (Authority::new(), Authority::new());
    let (file, other_file) = (File::new(&authority.0.pem()), File::new(&other.0.pem()));
    let unknown =
        "no known authority has issued it; DATABASE_CA_FILE must name the PEM file of the one that has";
    for (name, until, file, why) in [
        (HOST, 2999, "", unknown),
        (HOST, 2999, other_file.path(), unknown),
        (
            "127.0.0.9",
            2999,
            file.path(),
            "certificate not valid for name \"127.0.0.2\"; certificate is only valid for IpAddress(127.0.0.9); connect by a host \
             name that it holds",
        ),
        (
            "db.example",
            2999,
            file.path(),
            "certificate not valid for name \"127.0.0.2\"; certificate is only valid for DnsName(\"db.example\"); connect by a host \
             name that it holds",
        ),
        (HOST, 2020, file.path(), "it expired on 2020-12-31; renew it"),
    ] {
        let server = Server::start(vault.port().await, Some(authority.server(name, until))).await;
        let function = function(&vault, &server, "").env("DATABASE_CA_FILE", file);
        let refused = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
        let message = format!("connect to the database: the database's TLS certificate was refused: {why}");
        assert_eq!(error(&refused), ("Failed", message.as_str()));
        assert_eq!(server.met().await, [Met::Refused], "{why}: it is not tried again");
    }
    vault.drop().await;
}

#[tokio::test]
async fn nothing_is_sent_in_clear_to_a_server_without_tls_whatever_the_url_says() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    for parameters in ["", "?sslmode=disable", "?sslmode=prefer"] {
        let server = Server::start(vault.port().await, None).await;
        let function = function(&vault, &server, parameters);
        let refused = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
        let message = "connect to the database: TLS is required for the database, and cannot be had: server does not \
                       support TLS";
        assert_eq!(error(&refused), ("Failed", message));
        assert_eq!(server.met().await, [Met::Clear(vec![])], "{parameters}");
    }
    vault.drop().await;
}

#[tokio::test]
async fn an_authoritys_file_that_cannot_be_used_is_named_with_its_variable() {
    let vault = Vault::new().await;
    let server = Server::start(vault.port().await, None).await;
    let pem = |content: &str| format!("-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n");
    let key = KeyPair::generate().unwrap().serialize_pem();
    for (content, why) in [
        ("not PEM", "holds none"),
        ("", "holds none"),
        (key.as_str(), "holds none"),
        (pem("*").as_str(), "holds a malformed one"),
        (pem("bm8gY2VydGlmaWNhdGU=").as_str(), "holds a malformed one"),
    ] {
        let file = File::new(content);
        assert_unusable(&vault, &server, file.path(), why).await;
    }
    assert_unusable(
        &vault,
        &server,
        "/nowhere/ca.pem",
        "cannot be read (entity not found)",
    )
    .await;
    assert_eq!(server.met().await, []);
    vault.drop().await;
}

async fn assert_unusable(vault: &Vault, server: &Server, file: &str, why: &str) {
    let function = function(vault, server, "").env("DATABASE_CA_FILE", file);
    let refused = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    let message = format!("DATABASE_CA_FILE must name a file of PEM certificates: {file} {why}");
    assert_eq!(error(&refused), ("Configuration", message.as_str()));
}
