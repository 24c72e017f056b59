//! A panic that a test provokes: what it says, and the line that it points at.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! { static PLACE: Cell<(String, u32)> = const { Cell::new((String::new(), 0)) } }

/// A panic and its place.
pub struct Panicked {
    /// The file that it points at.
    pub file: String,
    /// The line of that file.
    pub line: u32,
    /// The message.
    pub text: String,
}

/// Runs what must panic. The hook reports panics of other threads as before.
pub fn by(act: impl FnOnce()) -> Panicked {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if let Some(location) = panic.location() {
                PLACE.set((location.file().to_owned(), location.line()));
            }
            previous(panic);
        }));
    });
    let panic = panic::catch_unwind(AssertUnwindSafe(act)).unwrap_err();
    let (file, line) = PLACE.take();
    Panicked { file, line, text: panic_text(&panic) }
}

/// Returns the message of a panic.
pub fn panic_text(panic: &Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap()
}
