#[tokio::test]
async fn test_n() {
    let gws = gws_sms_fake::FakeGws::start();
    assert_eq!(client::status(&format!("{}/api/v2/me", gws.url())).await, 200);
}
