//! Rules by their ids, as a test names them.

use crate::error::Error;
use crate::rules::{self, Rule};

/// Returns the rule of that id; the error says which one was probably meant.
pub(crate) fn find_rule(id: &str) -> Result<&'static Rule, Error> {
    rules::find(id).map_err(|nearest| {
        Error::new(format!("got the rule {id:?}, want one that exists; did you mean {nearest:?}?"))
    })
}
