//! A fake that speaks TLS serves as one that does not.

use std::net::{IpAddr, Ipv4Addr, TcpStream};

use gws_sms_fake::{FakeGws, Operation, fixtures};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use support::ports::ReservedPort;
use support::processes::starting;
use support::raw::{INTRUDE, WATCHDOG, intrude, me};
use support::tls::{Trusting, Tunnel};
use support::{Desktop, HttpClient, PUSH, connect, taken};

fn over_tls() -> FakeGws {
    FakeGws::builder().tls().start()
}

#[tokio::test]
async fn a_supervisor_intrudes_over_tls() {
    let gws = over_tls();
    let tunnel = Tunnel::to(gws.url(), Trusting::ca(gws.ca_certificate().unwrap())).await;
    let http = HttpClient::of(&gws, fixtures::SUPERVISOR).through(&tunnel.url);
    let mut desktop = Desktop::sign_in_with(&gws, fixtures::SUPERVISOR, http).await;
    gws.supervisor().connect_held().await;
    assert_eq!(desktop.intrude("Monitor").await, taken());
    let session = desktop.next_event().await["smssession"].take();
    assert_eq!(session["state"], "Invited");
    assert_eq!(session["uri"], format!("{}/api/v2/smssessions/{}", gws.url(), fixtures::SESSION));
    assert!(gws.url().starts_with("https://127.0.0.1:"), "{}", gws.url());
    assert_eq!(desktop.operate(fixtures::SESSION, "Accept").await, taken());
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Chatting");
    desktop.events_so_far().await;
    desktop.sign_out().await;
    gws.received(Operation::Intrude).once();
    gws.verify();
}

#[tokio::test]
async fn the_certificate_is_valid_for_each_of_its_names() {
    let gws = over_tls();
    let trust = Trusting::ca(gws.ca_certificate().unwrap());
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let has_it = host != "[::1]" || std::net::TcpListener::bind("[::1]:0").is_ok();
        let url = gws.url_with_host(host);
        assert!(url.starts_with("https://"), "{url}");
        assert_eq!(trust.connect(&url).await.is_ok(), has_it, "{host}");
    }
    let other = FakeGws::builder().host(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2))).tls().start();
    let refused =
        Trusting::ca(other.ca_certificate().unwrap()).connect(other.url()).await.map(drop);
    assert!(refused.is_ok(), "{refused:?}");
}

#[tokio::test]
async fn a_page_of_another_site_is_offered_cookies_that_its_browser_keeps() {
    let gws = over_tls();
    let tunnel = Tunnel::to(gws.url(), Trusting::ca(gws.ca_certificate().unwrap())).await;
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR).without_cookies().through(&tunnel.url);
    for (page, site, expected) in [
        ("https://localhost:3000", "cross-site", "; Path=/; HttpOnly; SameSite=None; Secure"),
        ("https://127.0.0.1:3000", "same-site", "; Path=/; HttpOnly"),
    ] {
        let page = client.clone().with_header("Origin", page).with_header("Sec-Fetch-Site", site);
        let body = json!([support::handshake()]).to_string();
        let answer = page.send(reqwest::Method::POST, PUSH, "application/json", body).await;
        let cookies = answer.headers().get_all("set-cookie").iter();
        let attributes = cookies.map(|cookie| {
            let text = cookie.to_str().unwrap();
            text[text.find(';').unwrap()..].to_owned()
        });
        assert_eq!(attributes.collect::<Vec<_>>(), [expected; 2], "{site}");
    }
    gws.verify();
}

#[test]
fn a_fake_without_tls_has_no_ca() {
    assert_eq!(FakeGws::start().ca_certificate(), None);
}

#[test]
fn each_fake_has_a_ca_of_its_own() {
    let [one, other] = [over_tls(), over_tls()];
    assert_ne!(one.ca_certificate(), other.ca_certificate());
}

#[tokio::test]
async fn a_drop_frees_the_port_and_cuts_a_held_connect() {
    let port = ReservedPort::new();
    let gws = FakeGws::builder().tls().port(port.number).start();
    let tunnel = Tunnel::to(gws.url(), Trusting::ca(gws.ca_certificate().unwrap())).await;
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR).through(&tunnel.url);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    let held = tokio::spawn(async move { client.bayeux(json!([connect(&id)])).await });
    gws.supervisor().connect_held().await;
    let starting = starting();
    drop(gws);
    let refused = TcpStream::connect(port.address()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    drop(starting);
    assert!(tokio::time::timeout(WATCHDOG, held).await.unwrap().is_err(), "the request failed");
}

/// What comes in answer to these bytes until the connection ends, and how it ends.
async fn answered(gws: &FakeGws, request: impl AsRef<[u8]>) -> (String, std::io::Result<usize>) {
    let mut stream = Trusting::ca(gws.ca_certificate().unwrap()).connect(gws.url()).await.unwrap();
    stream.write_all(request.as_ref()).await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(WATCHDOG, stream.read_to_end(&mut answer)).await.unwrap();
    (String::from_utf8(answer).unwrap(), ended)
}

#[tokio::test]
async fn answers_are_broken_over_tls_too() {
    let gws = over_tls();
    gws.rest_faults(Operation::Intrude).truncate();
    let (answer, ended) = answered(&gws, intrude(INTRUDE)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{\"status"), "{answer}");
    assert!(ended.is_err(), "no orderly end of TLS");
    let gws = over_tls();
    gws.rest_faults(Operation::Intrude).reset_before_answer();
    let (answer, ended) = answered(&gws, intrude(INTRUDE)).await;
    assert_eq!((answer.as_str(), ended.is_err()), ("", true));
}

#[tokio::test]
async fn a_connection_that_is_closed_properly_ends_with_a_close_notify() {
    let gws = over_tls();
    let request = me().replace("Host: gws", "Host: gws\r\nConnection: close");
    let (answer, ended) = answered(&gws, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with('}'), "{answer}");
    assert_eq!(ended.unwrap(), answer.len());
}
