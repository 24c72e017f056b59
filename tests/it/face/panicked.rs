//! A panic that a test provokes: what it says, and the line that it points at.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::face::verdict::panic_text;

thread_local! { static PLACE: Cell<(String, u32)> = const { Cell::new((String::new(), 0)) } }

pub(crate) struct Panicked {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) text: String,
}

/// Runs what must panic. The hook tells other threads' panics as ever.
pub(crate) fn by(act: impl FnOnce()) -> Panicked {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if let Some(location) = panic.location() {
                PLACE.set((location.file().to_owned(), location.line()));
            }
            told(panic);
        }));
    });
    let panic = panic::catch_unwind(AssertUnwindSafe(act)).unwrap_err();
    let (file, line) = PLACE.take();
    Panicked { file, line, text: panic_text(&panic) }
}
