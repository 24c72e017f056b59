#[tokio::test]
async fn test_n() {
    let server = wiremock::MockServer::start().await;
    let me = wiremock::Mock::given(wiremock::matchers::path("/api/v2/me"));
    me.respond_with(wiremock::ResponseTemplate::new(200)).expect(1).mount(&server).await;
    assert_eq!(client::status(&format!("{}/api/v2/me", server.uri())).await, 200);
}
