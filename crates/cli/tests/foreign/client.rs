//! The clients of the story: a client library, its runtime, and its settings.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::install::{Package, Unusable};
use crate::script::{Script, folder};
use crate::{browser, pip};

const FLOW: (&str, &str) = ("flow.mjs", include_str!("npm/flow.mjs"));
const NODE: (&str, &str) = ("node.mjs", include_str!("npm/node.mjs"));
const PAGE: [(&str, &str); 2] = [
    ("page.html", include_str!("npm/page/page.html")),
    ("page.mjs", include_str!("npm/page/page.mjs")),
];

/// A client library, and what it is driven by.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) package: &'static Package,
    pub(crate) host: Host,
}

/// The runtime of a client.
#[derive(Clone, Copy)]
pub(crate) enum Host {
    /// Node, with a script: its name and its text.
    Node(&'static str, &'static str),
    /// Python, with the text of a script.
    Python(&'static str),
    /// A page of another port than the fake's.
    Browser,
}

impl Client {
    /// The folder of its libraries.
    pub(crate) fn installed(self) -> Result<&'static Path, Unusable> {
        if let Host::Browser = self.host {
            browser::program()?;
        }
        self.package.folder()
    }

    /// The name of this machine that it can do with: the cookie jar of Python's aiohttp refuses addresses.
    pub(crate) fn name_of_host(self) -> &'static str {
        match self.host {
            Host::Python(_) => "localhost",
            Host::Node(..) | Host::Browser => "127.0.0.1",
        }
    }

    /// Returns true if it sees events in the order in which its sockets do.
    pub(crate) fn keeps_order(self) -> bool {
        matches!(self.host, Host::Node(..))
    }

    pub(crate) fn start(self, installed: &Path, arguments: &Value) -> Script {
        match self.host {
            Host::Node(name, text) => {
                let folder = folder(installed, &[(name, text), FLOW, NODE]);
                let mut node = Command::new("node");
                node.arg(folder.path().join(name)).arg(arguments.to_string());
                Script::of_pipes(node, folder)
            }
            Host::Python(text) => {
                let folder = folder(installed, &[("client.py", text)]);
                let mut python = Command::new(pip::interpreter(installed));
                python.arg(folder.path().join("client.py")).arg(arguments.to_string());
                Script::of_pipes(python, folder)
            }
            Host::Browser => {
                let [html, page] = PAGE;
                let folder = folder(installed, &[html, page, FLOW]);
                browser::show(installed, folder, arguments)
            }
        }
    }
}
