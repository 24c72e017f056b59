//! A request after all checks of its form and its caller.

use http::HeaderMap;

use crate::engine::rest::authenticate::Authenticated;
use crate::engine::rest::validate::Validated;
use crate::rules::Violation;

/// A request after all checks.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(in crate::engine) authenticated: Authenticated,
    pub(in crate::engine) csrf: Option<Violation>,
    pub(in crate::engine) form: Validated,
    /// The headers that show the answer the token of its HTTP session.
    pub(in crate::engine) shown_token: HeaderMap,
}

impl Checked {
    /// Returns the violations in the order of their precedence: the first one decides the answer. A path that is open needs no
    /// caller.
    pub(super) fn violations(&self, is_public: bool) -> impl Iterator<Item = &Violation> {
        let caller = self.authenticated.violation.iter().filter(move |_| !is_public);
        caller.chain(&self.csrf).chain(&self.form.violations)
    }
}
