//! wiremock matchers, for mocks of this fake (`gws.mount(..)`) and for tests that have a `MockServer` of their own.
//!
//! ```
//! use gws_sms_fake::{Operation, matchers};
//! use gws_sms_fake::wiremock::{Mock, MockServer, ResponseTemplate};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // Arrange
//! let server = MockServer::builder().start().await;
//! let taken = ResponseTemplate::new(200).set_body_raw(r#"{"statusCode":0}"#, "application/json");
//! let mock = Mock::given(matchers::operation(Operation::Intrude)).and(matchers::conforms()).respond_with(taken);
//! server.register(mock).await;
//!
//! // Act
//! let send = async |body: &'static str| {
//!     reqwest::Client::new().post(server.uri()).body(body).send().await.unwrap().status().as_u16()
//! };
//! let right = send(r#"{"operationName":"Intrude","supervisorVisibilityMode":"Monitor"}"#).await;
//! let wrong = send(r#"{"operationName":"Intrude","supervisorVisibilityMode":"monitor"}"#).await;
//!
//! // Assert
//! assert_eq!((right, wrong), (200, 404));
//! # }
//! ```

use serde_json::Value;
pub use wiremock;
use wiremock::{Match, Request};

use crate::contract::check::check;
use crate::contract::json;
use crate::error::demand;
use crate::gws::operation::Operation;

/// Matches a request whose body names that operation: an [`Operation`], or its name.
///
/// # Panics
///
/// Panics for a name that no modelled operation has.
#[track_caller]
pub fn operation(name: impl AsRef<str>) -> OperationMatcher {
    OperationMatcher(demand(name.as_ref().parse()))
}

/// The matcher of [`operation`].
#[derive(Clone, Debug)]
pub struct OperationMatcher(Operation);

impl Match for OperationMatcher {
    fn matches(&self, request: &Request) -> bool {
        named(&request.body).is_some_and(|(named, _)| named == self.0)
    }
}

/// Matches a request whose body conforms to the JSON Schema of the operation that it names, in full depth.
pub fn conforms() -> impl Match {
    |request: &Request| {
        named(&request.body)
            .is_some_and(|(operation, body)| check(operation.request_schema(), &body).is_empty())
    }
}

/// The operation that a body names, and the body, if it is strict JSON.
fn named(body: &[u8]) -> Option<(Operation, Value)> {
    let (body, duplicates) = json::parse(body).ok()?;
    let name = body.get("operationName")?.as_str()?;
    let operation = Operation::of_name(name).ok()?;
    duplicates.is_empty().then_some((operation, body))
}
