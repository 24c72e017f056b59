//! Clients of TLS.

use std::io;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A client that trusts one CA and no other.
#[derive(Clone)]
pub struct Trusting {
    connector: TlsConnector,
}

impl Trusting {
    /// That certificate, which is in PEM.
    pub fn ca(certificate: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Self { connector: TlsConnector::from(Arc::new(config)) }
    }

    /// A connection to that address, such as `https://127.0.0.1:8090`.
    pub async fn connect(&self, url: &str) -> io::Result<TlsStream<TcpStream>> {
        let address = url.strip_prefix("https://").expect("an address with https");
        let (host, _) = address.rsplit_once(':').unwrap();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).unwrap();
        self.connector.connect(name, TcpStream::connect(address).await?).await
    }
}

/// A way into TLS for a client that speaks none: whatever the client sends goes on over TLS, and back.
pub struct Tunnel {
    /// The address that the client connects to.
    pub url: String,
    carrying: JoinHandle<()>,
}

impl Tunnel {
    /// To that address, for a client that trusts that CA.
    pub async fn to(url: &str, trust: Trusting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let entrance = format!("http://{}", listener.local_addr().unwrap());
        let url = url.to_owned();
        let carrying = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let (trust, url) = (trust.clone(), url.clone());
                connections.spawn(async move {
                    let mut gws = trust.connect(&url).await?;
                    copy_bidirectional(&mut client, &mut gws).await
                });
            }
        });
        Self { url: entrance, carrying }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}
