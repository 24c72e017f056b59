//! `rules`: everything that the fake demands, does and sends, with its source and how sure we are of it.

use std::fmt::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use gws_sms_fake::{Certainty, Rule, RuleKind};

use crate::stdout::print;

/// Prints every rule, with its source and its certainty.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 printed, 1 wrong usage.

Example:
  gws-sms-fake rules --certainty documented")]
pub(crate) struct Rules {
    /// Print only the rules of this certainty
    #[arg(long)]
    certainty: Option<CertaintyName>,
    /// Print the page docs/fidelity.md, in Markdown
    #[arg(long, conflicts_with = "certainty")]
    markdown: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CertaintyName {
    Documented,
    Wire,
    Client,
    Analogy,
    Inferred,
}

impl CertaintyName {
    fn certainty(self) -> Certainty {
        match self {
            Self::Documented => Certainty::Documented,
            Self::Wire => Certainty::Wire,
            Self::Client => Certainty::Client,
            Self::Analogy => Certainty::Analogy,
            Self::Inferred => Certainty::Inferred,
        }
    }
}

impl Rules {
    /// Prints them.
    pub(crate) fn run(self) -> ExitCode {
        let text = if self.markdown { markdown() } else { self.plain() };
        print(&text, ExitCode::SUCCESS)
    }

    fn plain(&self) -> String {
        let certainty = self.certainty.map(CertaintyName::certainty);
        let shown = gws_sms_fake::rules();
        let mut text = String::new();
        for rule in shown.filter(|rule| certainty.is_none_or(|of| rule.certainty() == of)) {
            let id = rule.id();
            let certainty = rule.certainty();
            let source = rule.source();
            let _ = writeln!(text, "{id}\n    {}\n    {certainty}: {source}", rule.text());
        }
        text
    }
}

fn markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str(
        "\n| certainty | rules | of these, rules that a client can violate |\n|---|---|---|\n",
    );
    for certainty in Certainty::ALL {
        let of = || gws_sms_fake::rules().filter(move |rule| rule.certainty() == certainty);
        let demands = of().filter(|rule| rule.is_demand()).count();
        let _ = writeln!(text, "| {certainty} | {} | {demands} |", of().count());
    }
    for kind in RuleKind::ALL {
        let _ = write!(text, "\n## {}\n\n| rule | | source |\n|---|---|---|\n", heading(kind));
        for rule in gws_sms_fake::rules().filter(|rule| rule.kind() == kind) {
            text.push_str(&row(rule));
        }
    }
    text
}

fn row(rule: &Rule) -> String {
    let id = rule.id();
    let certainty = rule.certainty();
    let source = rule.source();
    format!("| `{id}` | {} | {certainty}: {source} |\n", rule.text())
}

fn heading(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Demand => "What GWS demands",
        RuleKind::Parameter => "Parameters of operations",
        RuleKind::Operation => "What operations do",
        RuleKind::Transition => "Changes of state",
        RuleKind::Capabilities => "Capabilities by situation",
        RuleKind::Departure => "Where the capabilities depart from their pages",
        RuleKind::Status => "statusCode and HTTP status",
        RuleKind::Notification => "Notifications",
        RuleKind::Field => "Fields of answers and notifications",
        _ => "What else GWS does",
    }
}

const INTRODUCTION: &str = "# How sure we are

This page lists each thing that the fake demands of clients, does or sends, with its source and its certainty:

- `documented`: the vendor's documentation, or the specification or the book of CometD, says so. HTCC and GWS are two names of
  one product. The number is the version of the documentation.
- `wire`: it was seen in the traffic of the real product, or in its source code.
- `client`: the code of public clients expects it.
- `analogy`: the vendor's documentation says so about another medium of the same API.
- `inferred`: no source says so, but it is the most likely behaviour.

The command `cargo run -- rules --markdown > docs/fidelity.md` writes this file.
";
