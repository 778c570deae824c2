//! `access`: who gets in where, and where do Namespaces leak into each other?

mod folder;

pub(crate) use folder::NamespaceFolder;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_report::access;
use mtlsmith_report::access::AccessClient;
use mtlsmith_report::access::AccessMatrix;
use mtlsmith_report::access::AccessNamespace;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::Access;
use mtlsmith_validate::admission::AccessIndex;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;

use super::filter::certificate_files;
use super::format::InspectFormat;
use crate::arguments::time;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::layout;
use crate::output::OutputArguments;
use crate::parallel::in_order;
use crate::progress::Progress;
use crate::session::Session;
use crate::session::shown;

/// Who gets in where? Decides every client certificate before every Namespace, and names the leaks
///
/// DIR holds a folder per Namespace, with its CA bundle (bundle.pem, ca.pem, or the only *.pem) and its certificate filters
/// (filters.json, when it has any). A leak is a certificate that opens more than one Namespace, or a CA that stands in several
/// bundles of which one has no filters.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder of the Namespaces
    #[arg(long, value_name = "DIR")]
    namespaces: PathBuf,
    /// Client certificates: files, patterns of files, or folders: of *.pem and *.crt, or of a state directory
    #[arg(required = true, value_name = "CERT")]
    certificates: Vec<OsString>,
    /// Decide for this time instead of now
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: InspectFormat,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let now = session.now(arguments.at);
    let folders = NamespaceFolder::all_in(&layout::namespaces_of(&arguments.namespaces), session)?;
    let clients = clients(&arguments.certificates)?;
    let profile = Profile::temporal_cloud();
    let read = |folder: &NamespaceFolder| folder.trust(&profile, now);
    let (trusts, verdicts): (Vec<NamespaceTrust>, Vec<Verdict>) =
        in_order(&folders, read, |_| ()).into_iter().unzip();
    let index = AccessIndex::new(&trusts);
    let mut progress = Progress::bar(clients.len(), "deciding", session.is_quiet(), session.environment);
    let rows = in_order(
        &clients,
        |(_, client): &(String, Bundle)| index.row(&client.members, now),
        |done| progress.update(done),
    );
    progress.finish();
    let matrix = AccessMatrix {
        namespaces: folders.iter().zip(verdicts).map(|(folder, verdict)| column(folder, verdict)).collect(),
        clients: clients
            .iter()
            .zip(rows)
            .map(|((file, client), row)| {
                let leaf = client.certificate(0);
                let refusal = refusal(&row, &trusts, client, now);
                AccessClient {
                    file: file.clone(),
                    subject: leaf.map(|leaf| leaf.subject().to_string()).unwrap_or_default(),
                    sha256: leaf.map(Certificate::sha256_hex).unwrap_or_default(),
                    row,
                    refusal,
                }
            })
            .collect(),
        shared: index.shared_cas(),
        now,
    };
    let text = match arguments.format {
        InspectFormat::Text => access::text(&matrix, &session.style(arguments.output.place())),
        InspectFormat::Json => access::json(&matrix),
        InspectFormat::Html => access::html(&matrix),
    };
    arguments.output.write(text.as_bytes(), session)?;
    Ok(if matrix.is_tight() { Exit::Done } else { Exit::Findings })
}

/// Why the first Namespace that knows its CA refuses a certificate nevertheless, as that it has expired.
fn refusal(row: &[Access], trusts: &[NamespaceTrust], client: &Bundle, now: Timestamp) -> Option<String> {
    let refused = row.iter().zip(trusts).find(|(access, _)| **access == Access::Refused);
    let decision = refused.map(|(_, trust)| trust.decide(&client.members, now))?;
    decision.findings().first().map(|finding| shown(finding.message()))
}

fn column(folder: &NamespaceFolder, verdict: Verdict) -> AccessNamespace {
    let is_sound = verdict == Verdict::Accepted;
    let filters = folder.filters.as_ref().map_or(0, |set: &FilterSet| set.filters.len());
    AccessNamespace { name: folder.name.clone(), filters, is_sound }
}

/// Every client's file, read; each must begin with a certificate that can be read.
fn clients(paths: &[OsString]) -> Result<Vec<(String, Bundle)>, Failure> {
    let files = certificate_files(paths)?;
    let sources = input::expand(&files, &StandardInput { stdin_filename: "<stdin>".to_owned() })?;
    if sources.iter().any(Source::is_stdin) {
        return Err(Failure::could_not_run("certificates are read from files here, not from -"));
    }
    let read = |source: &Source| -> Result<(String, Bundle), Failure> {
        let client = Bundle::read(&source.read_file()?);
        if client.certificate(0).is_none() {
            let what = if client.members.is_empty() {
                "holds no certificate"
            } else {
                "begins with one that cannot be read"
            };
            return Err(Failure::could_not_run(format!("{} {what}", shown(&source.name)))
                .hint(format!("mtlsmith cert inspect {} says more", source.word())));
        }
        Ok((source.name.clone(), client))
    };
    in_order(&sources, read, |_| ()).into_iter().collect()
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith access --namespaces namespaces/ 'clients/*.pem'
  mtlsmith access --namespaces namespaces/ clients/ --format html \\
      --output access.html
  mtlsmith access --namespaces namespaces/ clients/ --format json \\
      | jq -r '.leaks[]'

Exit status: 0 no leak, 1 a leak, 2 could not run";
