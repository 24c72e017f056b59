//! A fake over TLS: the certificates that it makes when it starts, and the handshake of each of its sockets.
//!
//! Rules: tls-handshake.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig, crypto::ring};
use tokio_rustls::server::TlsStream;

use crate::error::Error;
use crate::rules::{Violation, rule};

const DAY: Duration = Duration::from_secs(86_400);
/// The time for which the certificates are valid: some clients accept none that is valid for more than 825 days.
const GOOD: Duration = DAY.saturating_mul(365);
/// The first byte of a client that speaks TLS.
const HANDSHAKE: u8 = 22;

/// The certificate that a fake shows to its clients, and the CA that they have to trust for it.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    /// In PEM.
    pub(crate) ca_certificate: String,
}

/// A socket on which TLS is spoken.
pub(super) type TlsSocket = TlsStream<TcpStream>;

impl Tls {
    /// A new CA, and a certificate of it for the loopback addresses, `localhost` and that host. The key of the CA is kept
    /// nowhere, so that it signs nothing else.
    pub(crate) fn new(host: IpAddr) -> Result<Self, Error> {
        let failed = |error: &dyn std::error::Error| {
            Error::new(format!("tls: got {error}, want certificates for {host}"))
        };
        let (ca_certificate, config) = made(host).map_err(|error| failed(&*error))?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_certificate })
    }

    /// The connection once TLS is spoken on it; `None` where its client has closed without a byte, and so has asked for
    /// nothing, and where no handshake comes to its end, which the timeline tells.
    pub(super) async fn shake_hands(
        &self,
        stream: TcpStream,
        idle: Duration,
        refused: impl Fn(Violation),
    ) -> Option<TlsSocket> {
        let mut first = [0];
        // Until it begins a client may wait, as it may with a request.
        if !matches!(stream.peek(&mut first).await, Ok(1)) {
            return None;
        }
        if first != [HANDSHAKE] {
            // Before the client reads the alert that it is answered with.
            refused(violation("bytes without TLS", HTTPS));
            let _ = self.shaken(stream, idle).await;
            return None;
        }
        self.shaken(stream, idle).await.map_err(refused).ok()
    }

    async fn shaken(&self, stream: TcpStream, idle: Duration) -> Result<TlsSocket, Violation> {
        let shaken = timeout(idle, self.acceptor.accept(stream)).await;
        let in_time = shaken
            .map_err(|_| violation(format!("no end of the handshake within {idle:?}"), FINISH))?;
        in_time.map_err(|error| broken(&error))
    }
}

type Made = (String, ServerConfig);

fn made(host: IpAddr) -> Result<Made, Box<dyn std::error::Error>> {
    let ca = CertifiedIssuer::self_signed(authority(), KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = host.to_string();
    if !names.contains(&host) {
        names.push(host);
    }
    let certificate = server(names)?.signed_by(&key, &ca)?;
    // Named, since a process with several providers has none that is its own.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A client that closes without having read a ticket would reset its connection.
    config.send_tls13_tickets = 0;
    Ok((ca.pem(), config))
}

fn authority() -> CertificateParams {
    let mut authority = CertificateParams::default();
    // Of two with one name a client would say that the signature is wrong, and not that it knows the CA of another fake.
    let name = format!("gws-sms-fake CA {:016x}", fastrand::u64(..));
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    good(authority)
}

fn server(names: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "gws-sms-fake");
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    Ok(good(server))
}

/// Good from yesterday on, by the clock that clients look at: not the logical one.
fn good(mut certificate: CertificateParams) -> CertificateParams {
    let now = SystemTime::now();
    certificate.not_before = (now - DAY).into();
    certificate.not_after = (now + GOOD).into();
    certificate
}

const HTTPS: &str = "begin the address with https://, as url() does";
const TRUST: &str =
    "let the client trust the CA of this fake: ca_certificate(), or the file of --ca-file";
const FINISH: &str = "let a TLS library speak, to the end of the handshake";

/// The violation of a failed handshake.
fn broken(error: &io::Error) -> Violation {
    match error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => {
            violation(format!("a handshake that its client ended with the alert {alert:?}"), TRUST)
        }
        Some(error) => violation(format!("a handshake that failed: {error}"), FINISH),
        // So some clients end it that do not trust.
        None => violation("half a handshake", TRUST),
    }
}

fn violation(got: impl Into<String>, hint: &'static str) -> Violation {
    let want = "a whole TLS handshake";
    Violation::new(const { rule("tls-handshake") }, "connection", got.into(), want).hint(hint)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    /// The violation of a client that sends these bytes and then nothing.
    async fn wrong(bytes: &[u8]) -> String {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let tls = Tls::new(host).unwrap();
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(bytes).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let wrong = tls.shaken(stream, Duration::from_secs(30)).await.err().unwrap();
        drop(client);
        wrong.got.to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_stalls_is_given_up() {
        assert_eq!(wrong(&[HANDSHAKE, 3, 1]).await, "no end of the handshake within 30s");
    }

    #[tokio::test]
    async fn what_tls_itself_refuses_is_named() {
        let got = wrong(&[HANDSHAKE, 3, 1, 0, 4, 0, 0, 0, 0]).await;
        assert!(got.starts_with("a handshake that failed: "), "{got}");
    }
}
