//! What a test does in a scenario: a served fake has a control endpoint for it, a real system has none.

use serde_json::Value;

use crate::internals::http::control::PREFIX;
use crate::internals::scenario::step::Numbered;
use crate::replay::{Running, open};

impl Running {
    /// Does it, where that is wanted.
    pub(super) async fn test(
        &mut self,
        numbered: &Numbered,
        call: &str,
        with: &Value,
    ) -> Result<(), String> {
        if !self.replay.control {
            let why = "left out, since a real system has no control endpoint";
            self.note(numbered, &format!("{why}; --control sends it to that of a served fake"));
            return Ok(());
        }
        let with = self.comparator.fill(with).map_err(open)?;
        self.comparator.sends(&with);
        let body = if with.is_null() { "{}".to_owned() } else { with.to_string() };
        let path = format!("{PREFIX}{call}");
        let (status, answer) = self.client(None)?.send("POST", &path, Some(body)).await?;
        if status == 200 {
            return Ok(());
        }
        let told = answer.as_ref().and_then(|it| it["error"].as_str()).unwrap_or("no fake answers");
        Err(format!(
            "got HTTP {status} from {path}, {told}; want 200 of a fake that `serve` serves"
        ))
    }
}
