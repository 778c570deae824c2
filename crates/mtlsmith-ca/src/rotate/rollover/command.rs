//! What a person types at a step, for each of the tools, as data: an argument vector, or lines of a configuration.

use std::fmt;

use serde::Serialize;

/// The tools with which people change a Namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// mtlsmith itself.
    Mtlsmith,
    /// `tcld`.
    Tcld,
    /// `temporal cloud`.
    TemporalCloud,
    /// The Terraform provider.
    Terraform,
}

/// A command, or an edit followed by commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolCommand {
    /// The tool.
    pub tool: Tool,
    /// What to write into the configuration first; `None` for tools without one.
    pub edit: Option<String>,
    /// The argument vectors to run, in order.
    pub run: Vec<Vec<String>>,
}

impl fmt::Display for ToolCommand {
    /// Shell lines; whatever a shell would read otherwise is quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(edit) = &self.edit {
            writeln!(f, "# {edit}")?;
        }
        for (index, arguments) in self.run.iter().enumerate() {
            let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
            write!(f, "{}{}", if index > 0 { "\n" } else { "" }, words.join(" "))?;
        }
        Ok(())
    }
}

/// A change of the whole bundle, and the files that hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleChange<'a> {
    /// The Namespace with its account, as in `orders.a1b2c`.
    pub namespace: &'a str,
    /// The file with the complete new bundle.
    pub whole: &'a str,
    /// The file with the certificates that come; `None` when none do.
    pub added: Option<&'a str>,
    /// The file with the certificates that go; `None` when none do.
    pub removed: Option<&'a str>,
    /// Do some of those that go stand in the way of any other update, because they have expired?
    pub removal_first: bool,
}

/// How to make a change with each tool. tcld replaces the whole bundle, since its `add` and `remove` are refused over any member that
/// has expired; `temporal cloud` has no such command, so that its steps come in the order in which the server takes them.
pub fn publish(change: &BundleChange<'_>) -> Vec<ToolCommand> {
    let BundleChange { namespace, whole, added, removed, removal_first } = *change;
    let tcld = [
        "tcld",
        "namespace",
        "accepted-client-ca",
        "set",
        "--namespace",
        namespace,
        "--ca-certificate-file",
        whole,
    ];
    let cloud = |verb, file| {
        words(&[
            "temporal",
            "cloud",
            "namespace",
            "mtls",
            "cert-ca",
            verb,
            "--namespace",
            namespace,
            "--ca-certificate-file",
            file,
        ])
    };
    let (create, delete) =
        (added.map(|file| cloud("create", file)), removed.map(|file| cloud("delete", file)));
    let run = if removal_first { [delete, create] } else { [create, delete] };
    vec![
        ToolCommand { tool: Tool::Tcld, edit: None, run: vec![words(&tcld)] },
        ToolCommand { tool: Tool::TemporalCloud, edit: None, run: run.into_iter().flatten().collect() },
        ToolCommand {
            tool: Tool::Terraform,
            edit: Some(format!(
                "temporalcloud_namespace: accepted_client_ca = base64encode(file({}))",
                terraform_text(whole)
            )),
            run: vec![words(&["terraform", "apply"])],
        },
    ]
}

/// How to see with each tool that a change has arrived.
pub fn confirm(namespace: &str) -> Vec<ToolCommand> {
    let run = |tool, command: &[&str]| ToolCommand { tool, edit: None, run: vec![words(command)] };
    vec![
        run(Tool::Tcld, &["tcld", "namespace", "accepted-client-ca", "list", "--namespace", namespace]),
        run(
            Tool::TemporalCloud,
            &["temporal", "cloud", "namespace", "mtls", "cert-ca", "list", "--namespace", namespace],
        ),
        run(Tool::Terraform, &["terraform", "plan", "-detailed-exitcode"]),
    ]
}

/// A command of mtlsmith.
pub(super) fn own(arguments: &[&str]) -> ToolCommand {
    let run = ["mtlsmith"].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
    ToolCommand { tool: Tool::Mtlsmith, edit: None, run: vec![run] }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@+%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A text as Terraform writes it.
fn terraform_text(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(removal_first: bool) -> Vec<String> {
        let change = BundleChange {
            namespace: "orders.a1b2c",
            whole: "next.pem",
            added: Some("new ca.pem"),
            removed: Some("gone.pem"),
            removal_first,
        };
        publish(&change).iter().map(ToolCommand::to_string).collect()
    }

    #[test]
    fn each_tool_gets_the_command_that_the_server_takes() {
        assert_eq!(
            shown(true),
            [
                "tcld namespace accepted-client-ca set --namespace orders.a1b2c --ca-certificate-file next.pem",
                "temporal cloud namespace mtls cert-ca delete --namespace orders.a1b2c --ca-certificate-file gone.pem\n\
                 temporal cloud namespace mtls cert-ca create --namespace orders.a1b2c --ca-certificate-file 'new ca.pem'",
                "# temporalcloud_namespace: accepted_client_ca = base64encode(file(\"next.pem\"))\nterraform apply",
            ]
        );
        assert!(shown(false)[1].find("create") < shown(false)[1].find("delete"));
    }

    #[test]
    fn whatever_a_shell_or_terraform_would_read_otherwise_is_quoted() {
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
        assert_eq!(terraform_text("a\"${b}"), "\"a\\\"$${b}\"");
    }
}
