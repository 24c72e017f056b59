//! A client of a real GWS, for the proxy and for replaying: HTTP/1.1, over TLS where the address says so.
//!
//! It sends what it is given and adds nothing but `Host` and the length of a body, follows no redirect, and asks no proxy of
//! the environment. What it trusts over TLS are the roots of the system, and a CA that it is told of.

use std::path::Path;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, Uri};
use gws_sms_fake::_cli_internals::error::Error;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;

/// The certificates to trust in addition to the roots of the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trust<'a> {
    /// The flag that the address stands behind, without its hyphens; that of the CA ends in `-ca`.
    pub(crate) flag: &'static str,
    /// The file with the certificate of a CA.
    pub(crate) ca: Option<&'a Path>,
}

/// Connections to one system.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    client: Client<Connector, Body>,
    flag: &'static str,
}

impl Upstream {
    /// A client of the system at that address, which begins with its scheme.
    pub(crate) fn new(address: &str, trust: Trust<'_>) -> Result<Self, Error> {
        let Trust { flag, ca } = trust;
        if !over_tls(address)
            && let Some(file) = ca
        {
            let file = file.display();
            return Err(Error::new(format!(
                "--{flag}-ca {file} needs an address that begins with https://, and --{flag} is {address}; omit the CA, or correct the address"
            )));
        }
        let authority = address.parse::<Uri>().ok().and_then(|uri| uri.into_parts().authority);
        match authority {
            // They are not shown.
            Some(authority) if authority.as_str().contains('@') => {
                return Err(Error::new(format!(
                    "--{flag} has credentials in its address; remove them, and name a user with --user"
                )));
            }
            Some(_) => {}
            None => {
                return Err(Error::new(format!(
                    "--{flag} {address:?} is not a complete address; give one such as http://gws.example:8080"
                )));
            }
        }
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let connector = connector(tcp, address, trust)?;
        let mut client = Client::builder(TokioExecutor::new());
        Ok(Self { client: client.pool_timer(TokioTimer::new()).build(connector), flag })
    }

    /// Sends a request to an absolute address, and reads its whole answer; an error is its innermost cause, which names no
    /// address and so no secret of its query.
    pub(crate) async fn send(&self, request: Request<Body>) -> Result<Response<Bytes>, String> {
        let response = self.client.request(request).await.map_err(|error| self.cause(&error))?;
        let (head, body) = response.into_parts();
        let body =
            to_bytes(Body::new(body), usize::MAX).await.map_err(|error| self.cause(&error))?;
        Ok(Response::from_parts(head, body))
    }

    fn cause(&self, error: &(dyn std::error::Error + 'static)) -> String {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let Some(cause) = causes.skip(1).last() else { return "no answer".to_owned() };
        if is_distrust(cause) {
            return format!(
                "{cause}; if that is a CA of your own, name its file with --{}-ca",
                self.flag
            );
        }
        cause.to_string()
    }
}

/// Returns true if a connection failed because the certificate of the other side is not trusted.
#[cfg(feature = "tls")]
fn is_distrust(cause: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = cause;
    while let Some(wrapped) = cause.downcast_ref().and_then(std::io::Error::get_ref) {
        cause = wrapped;
    }
    matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}

#[cfg(not(feature = "tls"))]
fn is_distrust(_: &(dyn std::error::Error + 'static)) -> bool {
    false
}

/// Returns true if an address requires TLS.
fn over_tls(address: &str) -> bool {
    address.starts_with("https://")
}

#[cfg(not(feature = "tls"))]
fn connector(tcp: HttpConnector, address: &str, trust: Trust<'_>) -> Result<Connector, Error> {
    if over_tls(address) {
        return Err(Error::new(format!(
            "--{} {address} needs TLS, and this build has none; build it with `--features tls`",
            trust.flag
        )));
    }
    Ok(tcp)
}

#[cfg(feature = "tls")]
fn connector(tcp: HttpConnector, address: &str, trust: Trust<'_>) -> Result<Connector, Error> {
    use std::sync::Arc;

    use hyper_rustls::HttpsConnectorBuilder;
    use rustls::crypto::ring;
    use rustls::{ClientConfig, RootCertStore};

    let roots = if over_tls(address) { roots(trust)? } else { RootCertStore::empty() };
    // Named, since a process with several providers has none that is its own.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(format!("{address}: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http();
    Ok(connector.enable_http1().wrap_connector(tcp))
}

/// Returns the certificates to trust.
#[cfg(feature = "tls")]
fn roots(Trust { flag, ca }: Trust<'_>) -> Result<rustls::RootCertStore, Error> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let mut roots = rustls::RootCertStore::empty();
    let of_the_system = rustls_native_certs::load_native_certs();
    // A system may have some that are too odd to be used.
    roots.add_parsable_certificates(of_the_system.certs);
    if let Some(file) = ca {
        let wrong = |reason: String| {
            Error::new(format!(
                "--{flag}-ca {}: {reason}; name a file with the certificate of a CA in PEM, which begins with -----BEGIN CERTIFICATE-----",
                file.display()
            ))
        };
        let certificates = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
    }
    if roots.is_empty() {
        let why: Vec<String> = of_the_system.errors.iter().map(ToString::to_string).collect();
        return Err(Error::new(format!(
            "the system has no root certificate to trust {why:?}; name the file of a CA with --{flag}-ca"
        )));
    }
    Ok(roots)
}
