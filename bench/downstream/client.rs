//! A client.

/// Returns the status of an answer.
pub async fn status(url: &str) -> u16 {
    let request = reqwest::Client::new().get(url).basic_auth("s1", Some("password"));
    request.send().await.expect("an answer").status().as_u16()
}
