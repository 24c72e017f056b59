//! The mistakes in a contract as it is written: in schemas, and in the fixtures that belong to them.
//!
//! [`files`] are what is looked at, [`schemas`] looks at each schema by itself and at what refers to it, [`fixtures`] holds
//! each fixture against its schema, as a fake that starts does, whether it should pass or fail, and [`values`] looks for the
//! values of enumerations that no fixture has. A schema says on purpose what would be a finding otherwise: `x-open` why an
//! object is open, and `x-without-fixture` why there is no fixture of an enumeration's values; both are sentences.

mod diagnostic;
pub(crate) mod files;
mod fixtures;
mod schemas;
#[cfg(test)]
mod tests;
mod values;

pub use diagnostic::LintDiagnostic;
use files::Files;
use schemas::LookFurther;

use crate::documents::Documents;

/// Everything that is wrong with these files, in their order. Schemas that they refer to and do not have are taken from
/// `others`.
pub(crate) fn lint(
    files: &Files,
    others: &Documents,
    look_further: LookFurther,
) -> Vec<LintDiagnostic> {
    let mut diagnostics = Vec::new();
    let read = files.read(&mut diagnostics);
    let mut all = others.clone();
    for (name, document) in read.schemas.all() {
        all.add(name, document.clone());
    }
    let usable = schemas::look(&read.schemas, &all, look_further, &mut diagnostics);
    let fixtures = fixtures::look(&read.fixtures, &read.schemas, &all, &usable, &mut diagnostics);
    values::look(&read.schemas, &usable, &fixtures, &mut diagnostics);
    diagnostics.sort();
    diagnostics.dedup();
    diagnostics
}
