//! Others who send wrong requests at the same time, each on a connection of his own, and look at the fake in between.

use std::sync::Arc;

use gws_sms_fake::FakeGws;
use proptest::prelude::*;
use tokio::task::JoinSet;

use super::act::row;
use super::checks;
use super::wrong::{WRONG_REQUESTS, WrongRequest, bytes};
use support::AsyncRawConnection;

/// What each of them sends.
pub(super) type Sends = Vec<Vec<&'static WrongRequest>>;

pub(super) fn sends() -> impl Strategy<Value = Sends> {
    prop::collection::vec(prop::collection::vec(row(WRONG_REQUESTS), 1..8), 1..3)
}

/// They begin; each returns the rules that it has broken.
pub(super) fn begin(gws: &Arc<FakeGws>, sends: &Sends) -> JoinSet<Vec<&'static str>> {
    let one = |(gws, requests): (Arc<FakeGws>, Vec<&'static WrongRequest>)| async move {
        let mut connection = AsyncRawConnection::new(&gws);
        for request in &requests {
            let answer = connection.exchange(bytes(request)).await;
            let answer = answer.unwrap_or_else(|| panic!("{request:?} is cut"));
            assert!(answer.status >= 400, "{request:?}: {answer:?}");
        }
        checks::look(&gws).await;
        requests.iter().map(|request| request.5).collect()
    };
    sends.iter().map(|requests| one((Arc::clone(gws), requests.clone()))).collect()
}
