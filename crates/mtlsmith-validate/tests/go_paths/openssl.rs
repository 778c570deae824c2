//! OpenSSL as the second opinion: `openssl verify` over every certificate of a bundle, with the roots and the others stated.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::certificate::Extension;
use mtlsmith_validate::graph::Link;
use mtlsmith_validate::path;
use mtlsmith_validate::path::PathFault;
use mtlsmith_validate::path::PathFaultKind;

use crate::Judged;
use crate::bundles;

/// What OpenSSL says about one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opinion {
    Admits,
    /// The first error number (openssl-verification-options, diagnostics).
    Refuses(u32),
    /// It does not read the certificate.
    Unreadable,
}

/// Is there an OpenSSL 3? Else a line in the log.
pub(crate) fn is_there() -> bool {
    let found = match Command::new("openssl").arg("version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => error.to_string(),
    };
    let fits = found.starts_with("OpenSSL 3");
    if !fits {
        mtlsmith_testkit::not_tested(&format!(
            "nothing was compared with OpenSSL 3, because `openssl version` gives: {}",
            found.trim()
        ));
    }
    fits
}

/// A folder for the files of one run, gone with the value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("mtlsmith-openssl-paths-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The opinion on each member, by index; members that this crate cannot read are left out. `None` when OpenSSL does not load the
/// bundle.
pub(crate) fn opinions(folder: &Folder, judged: &Judged<'_>) -> Option<BTreeMap<usize, Opinion>> {
    let Folder(folder) = folder;
    let mut roots = String::new();
    let mut others = String::new();
    let mut targets = Vec::new();
    for (index, certificate) in
        judged.bundle.members.iter().filter_map(|member| Some((member.index, member.certificate()?)))
    {
        let pem = bundles::pem(certificate.der());
        if judged.graph.is_root(index) { &mut roots } else { &mut others }.push_str(&pem);
        fs::write(folder.join(format!("{index}.pem")), pem).unwrap();
        targets.push(index);
    }
    let mut command = Command::new("openssl");
    command.args([
        "verify",
        "-purpose",
        "sslclient",
        "-no-CApath",
        "-no-CAstore",
        "-attime",
        &judged.question.at.to_string(),
    ]);
    for (option, text) in [("CAfile", roots), ("untrusted", others)] {
        let file = folder.join(option);
        if !text.is_empty() {
            fs::write(&file, text).unwrap();
            command.arg(format!("-{option}")).arg(&file);
        } else if option == "CAfile" {
            command.arg("-no-CAfile");
        }
    }
    command.args(targets.iter().map(|index| format!("{index}.pem"))).current_dir(folder);
    if targets.is_empty() {
        return Some(BTreeMap::new());
    }
    let output = command.output().unwrap();
    read(&targets, &String::from_utf8_lossy(&output.stdout), &String::from_utf8_lossy(&output.stderr))
}

fn read(targets: &[usize], stdout: &str, stderr: &str) -> Option<BTreeMap<usize, Opinion>> {
    let index = |file: &str| file.strip_suffix(".pem").and_then(|number| number.parse::<usize>().ok());
    let mut opinions: BTreeMap<usize, Opinion> =
        targets.iter().map(|&target| (target, Opinion::Unreadable)).collect();
    let admitted = stdout.lines().filter_map(|line| index(line.strip_suffix(": OK")?));
    opinions.extend(admitted.map(|target| (target, Opinion::Admits)));
    let mut error = None;
    for line in stderr.lines() {
        let Some(rest) = line.strip_prefix("error ") else { continue };
        if let Some(target) = rest.strip_suffix(": verification failed").and_then(index) {
            opinions.insert(target, Opinion::Refuses(error.take().unwrap_or_default()));
        } else if let Some(number) = rest.split(" at ").next().and_then(|number| number.parse().ok()) {
            error.get_or_insert(number);
        }
    }
    let told = opinions.values().any(|opinion| *opinion != Opinion::Unreadable);
    told.then_some(opinions)
}

/// The kind of a difference, by what is special about the certificates that take part.
pub(crate) fn kind(judged: &Judged<'_>, member: usize, opinion: Opinion) -> Option<&'static str> {
    match (&judged.verdicts[member], opinion) {
        (Ok(path), _) => kind_of_refusal(judged, &path.members, opinion),
        (Err(fault), _) => kind_of_admission(judged, fault),
    }
}

/// Go admits, OpenSSL refuses.
fn kind_of_refusal(judged: &Judged<'_>, path: &[usize], opinion: Opinion) -> Option<&'static str> {
    let certificates: Vec<&Certificate> =
        path.iter().filter_map(|&index| judged.bundle.certificate(index)).collect();
    let now = judged.question.at;
    let usage_names = |certificate: &Certificate| -> Option<Vec<&'static str>> {
        Some(certificate.key_usage()?.get()?.names().collect())
    };
    let unchecked =
        path.iter().any(|&index| matches!(judged.graph.node(index).unwrap().link, Link::Unchecked(_)));
    if unchecked {
        return Some("root-signature-unchecked");
    }
    let Opinion::Refuses(code) = opinion else { return Some("unread-by-openssl") };
    let odd_usage = certificates.iter().any(|certificate| {
        certificate.extended_key_usage().and_then(Extension::get).is_some_and(|usage| !usage.client_auth)
    });
    let cannot_sign_in = usage_names(certificates[0])
        .is_some_and(|usages| !usages.contains(&"digitalSignature") && !usages.contains(&"keyAgreement"));
    let empty_usage = certificates
        .iter()
        .any(|certificate| usage_names(certificate).is_some_and(|usages| usages.is_empty()));
    match code {
        26 if odd_usage => Some("extended-key-usage-any-or-empty"),
        26 if cannot_sign_in => Some("key-usage-of-the-client"),
        20 | 79 if empty_usage => Some("empty-key-usage"),
        _ if certificates.iter().any(|certificate| certificate.version() == 1) => {
            Some("extensions-in-version-1")
        }
        10 if certificates.iter().any(|certificate| certificate.not_after().unix() == now) => {
            Some("second-of-not-after")
        }
        2 | 20 if mismatched(&certificates) => Some("key-identifier-mismatch"),
        47 | 48 if certificates.iter().any(|certificate| limits_directory_names(certificate)) => {
            Some("directory-constraints")
        }
        _ if has_namesakes(judged, path) => Some("dead-end"),
        _ => None,
    }
}

/// Is there a directory name (tag `[4]`) among the name constraints? Looked for as bytes: this is a hint, not a reader.
fn limits_directory_names(certificate: &Certificate) -> bool {
    certificate.name_constraints_der().is_some_and(|(der, _)| der.contains(&0xa4))
}

/// Does a certificate of the path ask for another key identifier than its issuer bears? The root is its own issuer.
fn mismatched(path: &[&Certificate]) -> bool {
    let issuers = path.iter().skip(1).chain(path.last());
    path.iter().zip(issuers).any(|(child, issuer)| {
        let pair = (child.authority_key_identifier(), issuer.subject_key_identifier());
        matches!(pair, (Some(wanted), Some(offered)) if wanted != offered)
    })
}

/// Is there more than one certificate that OpenSSL may take for an issuer on this path?
fn has_namesakes(judged: &Judged<'_>, path: &[usize]) -> bool {
    path.iter().filter_map(|&index| judged.bundle.certificate(index)).any(|child| {
        judged.bundle.certificates().filter(|issuer| child.issuer().is_canonically(issuer.subject())).count()
            > 1
    })
}

/// Go refuses, OpenSSL admits.
fn kind_of_admission(judged: &Judged<'_>, fault: &PathFault) -> Option<&'static str> {
    let unread =
        judged.bundle.members.iter().any(|member| member.certificate().is_some() && !path::go_reads(member));
    let folded = judged.bundle.certificates().any(|child| {
        let mut issuers = judged.bundle.certificates().map(|issuer| issuer.subject());
        issuers.any(|subject| child.issuer() != subject && child.issuer().is_canonically(subject))
    });
    match &fault.kind {
        PathFaultKind::Unreadable => Some("go-does-not-parse"),
        PathFaultKind::SignatureNotChecked => Some("rare-algorithms"),
        PathFaultKind::UnhandledCriticalExtension(kind) if kind == "2.5.29.30" => {
            Some("critical-constraints-of-other-kinds")
        }
        PathFaultKind::UnhandledCriticalExtension(kind) if kind == "2.5.29.17" => {
            Some("critical-names-of-other-kinds")
        }
        PathFaultKind::NameConstraint { .. } => Some("names-that-cannot-be-compared"),
        PathFaultKind::Policy => Some("policies"),
        PathFaultKind::TooComplex => Some("too-many-issuers"),
        PathFaultKind::Loop => Some("same-ca-twice"),
        PathFaultKind::WrongKey | PathFaultKind::IssuerMissing
            if reaches_a_root(judged, fault) && !unread =>
        {
            Some("same-ca-twice")
        }
        PathFaultKind::PathTooLong { .. } if self_issued(judged, fault) => Some("path-length-of-self-issued"),
        _ if unread => Some("go-does-not-parse"),
        _ if folded => Some("names-folded"),
        _ => None,
    }
}

/// Do signatures lead from the certificate to a root at all? Then what stopped Go is that a CA may stand on a path only once.
fn reaches_a_root(judged: &Judged<'_>, fault: &PathFault) -> bool {
    let asked = fault.path.first().and_then(|&member| judged.graph.node(member));
    asked.is_some_and(|node| node.effective_expiry.is_some())
}

fn self_issued(judged: &Judged<'_>, fault: &PathFault) -> bool {
    fault.path.iter().any(|&index| judged.bundle.certificate(index).is_some_and(Certificate::is_self_issued))
}
