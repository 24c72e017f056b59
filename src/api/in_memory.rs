//! A fake that is served a connection in memory, for fuzzing.

use crate::api::assertions::self_check;
use crate::api::fake::FakeGws;
use crate::server::in_memory;
use crate::server::verdict::facts;

/// Begins the fake again with its fixtures, and serves a connection on which these bytes come. The connection ends when nothing
/// happens any more: a request that is held back, or a connect that is held, is given up then, as when its client hangs up.
/// Returns what the fake itself broke of its contract.
pub fn serve(gws: &FakeGws, bytes: &[u8]) -> Vec<String> {
    gws.fake.change(|engine, _| {
        engine.reset();
        // Each input is judged by itself, and there are very many.
        engine.log.before_reset.clear();
    });
    in_memory::serve(&gws.fake, bytes);
    facts(&gws.fake, |facts| self_check(facts.timeline))
}
