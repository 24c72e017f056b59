//! The address and the port where a fake listens, and the protocol that its clients use there.

use std::net::IpAddr;
#[cfg(feature = "tls")]
use std::sync::Arc;

use crate::api::builder::Builder;
#[cfg(feature = "tls")]
use crate::api::builder::protocol::Protocol;
#[cfg(feature = "tls")]
use crate::error::Error;
#[cfg(feature = "tls")]
use crate::server::tls::Tls;

impl Builder {
    /// Listens on that address instead of 127.0.0.1 and ::1.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.address.host = host;
        self
    }

    /// Listens on that port instead of a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.port = port;
        self
    }

    /// Speaks HTTPS, with certificates that are made when it starts: clients trust the CA that
    /// [`FakeGws::ca_certificate`](crate::FakeGws::ca_certificate) gives, and find the fake by `127.0.0.1`, `::1`, `localhost`
    /// or the address of [`host`](Self::host). Feature `tls`.
    ///
    /// ```
    /// use gws_sms_fake::FakeGws;
    ///
    /// let gws = FakeGws::builder().tls().start();
    /// assert!(gws.url().starts_with("https://127.0.0.1:"));
    /// assert!(gws.ca_certificate().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(self) -> Self {
        Self { protocol: Protocol::Tls, ..self }
    }

    /// With the certificates that it shows, if it speaks TLS.
    #[cfg(feature = "tls")]
    pub(super) fn with_certificates(mut self) -> Result<(Self, Option<Arc<Tls>>), Error> {
        let tls = match self.protocol {
            Protocol::Http => return Ok((self, None)),
            Protocol::Tls => Arc::new(Tls::new(self.address.reached_at())?),
            Protocol::TlsWith(tls) => tls,
        };
        self.protocol = Protocol::TlsWith(Arc::clone(&tls));
        Ok((self, Some(tls)))
    }
}
