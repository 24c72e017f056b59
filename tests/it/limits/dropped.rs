//! What is said of a client when the timeline has dropped what it was told.

use gws_sms_fake::{FakeGws, Operation, fixtures};

use support::Desktop;

/// A fake that keeps little, and an agent who is signed in to it.
async fn small(builder: gws_sms_fake::Builder) -> (FakeGws, Desktop) {
    let gws = builder.timeline_limit(10).start();
    let desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    (gws, desktop)
}

/// Has everything dropped that may be.
async fn much_else(desktop: &Desktop) {
    for _ in 0..30 {
        desktop.http.get("/api/v2/me").await;
    }
}

#[tokio::test]
async fn a_client_that_was_notified_of_a_change_is_blamed_although_the_entry_was_dropped() {
    let (gws, mut desktop) = small(FakeGws::builder()).await;
    gws.agent().loses_the_invitation(fixtures::INVITED_SESSION);
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Revoked");
    gws.agent().next_notification().await.state("Revoked").acknowledged().await;
    much_else(&desktop).await;
    assert_eq!(desktop.operate(fixtures::INVITED_SESSION, "Accept").await.status, 400);
    gws.expect_violation("accept-state");
    desktop.sign_out().await;
    gws.verify();
}

/// The invitation is a neighbour of a violation, and the answer to it is not.
#[tokio::test]
async fn an_invitation_that_was_answered_is_none() {
    let builder = FakeGws::builder().require_complete_sessions().allow("path-unknown");
    let (gws, mut desktop) = small(builder).await;
    desktop.http.get("/api/v2/nothing").await;
    let session = gws.agent().is_offered_a_session().session().to_owned();
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    much_else(&desktop).await;
    assert_eq!(desktop.operate(&session, "Accept").await.status, 200);
    let _ = desktop.next_event().await;
    much_else(&desktop).await;
    desktop.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn an_invitation_that_was_not_answered_is_blamed() {
    let (gws, mut desktop) = small(FakeGws::builder().require_complete_sessions()).await;
    gws.agent().is_offered_a_session();
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    much_else(&desktop).await;
    desktop.sign_out().await;
    gws.expect_violation("invitation-unanswered");
    gws.verify();
}

#[tokio::test]
async fn a_barrier_for_a_dropped_entry_names_the_dropped_entries() {
    let gws = FakeGws::builder().timeline_limit(10).wait_timeout(std::time::Duration::ZERO).start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Coach").await;
    much_else(&desktop).await;
    let next = gws.received(Operation::Intrude).next();
    let failure = tokio::spawn(async move { drop(next.await) }).await.unwrap_err().into_panic();
    let failure = failure.downcast::<String>().unwrap();
    let said = "requests of Intrude: no further one was received; but of older entries the timeline has dropped";
    assert!(failure.contains(said), "{failure}");
    desktop.sign_out().await;
}
