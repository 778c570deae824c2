//! Metrics in the text format of Prometheus: names as the x509 exporters have them, so that dashboards and alerts work, and our own.

use std::fmt::Write;

use mtlsmith_validate::time::Timestamp;

use super::counters::Counted;
use super::counters::LeafFacts;

/// All of them.
pub(super) fn text(counted: &Counted, now: Timestamp) -> String {
    let mut out = String::with_capacity(2_048 + counted.leaves.len() * 2_600);
    leaves(&mut out, counted, now);
    live(&mut out, counted, now);
    missing(&mut out, counted);
    numbers(&mut out, counted);
    out
}

type Gauge = (&'static str, &'static str, fn(&LeafFacts, Timestamp) -> Option<i64>);

fn leaves(out: &mut String, counted: &Counted, now: Timestamp) {
    let labels: Vec<(String, String)> =
        counted.leaves.iter().map(|leaf| (x509_labels(leaf), own_labels(leaf))).collect();
    for (gauges, is_own) in [(&X509[..], false), (&OWN[..], true)] {
        for (name, help, value) in gauges {
            head(out, name, help, "gauge");
            for (leaf, (x509, own)) in counted.leaves.iter().zip(&labels) {
                if let Some(value) = value(leaf, now) {
                    let _ = writeln!(out, "{name}{{{}}} {value}", if is_own { own } else { x509 });
                }
            }
        }
    }
}

/// Of the Namespaces for which Temporal Cloud is asked.
fn live(out: &mut String, counted: &Counted, now: Timestamp) {
    if counted.live.is_empty() {
        return;
    }
    head(
        out,
        "mtlsmith_live_bundle_age_seconds",
        "How long ago Temporal Cloud last said what is live.",
        "gauge",
    );
    for one in &counted.live {
        if let Some(at) = one.at {
            let label = joined(&[("namespace", &one.namespace)]);
            let _ = writeln!(out, "mtlsmith_live_bundle_age_seconds{{{label}}} {}", now.since(at).max(0));
        }
    }
    head(
        out,
        "mtlsmith_live_bundle_reads_total",
        "Questions to Temporal Cloud by how they ended.",
        "counter",
    );
    for one in &counted.live {
        for (result, number) in [("success", one.answers), ("failure", one.failures)] {
            let labels = joined(&[("namespace", &one.namespace), ("result", result)]);
            let _ = writeln!(out, "mtlsmith_live_bundle_reads_total{{{labels}}} {number}");
        }
    }
}

/// What is named and not there: a name that is mistyped, or one that is still to be made.
fn missing(out: &mut String, counted: &Counted) {
    head(
        out,
        "mtlsmith_certificate_missing",
        "1 for each certificate, or each Namespace without any, that the configuration names and that is not there.",
        "gauge",
    );
    for one in &counted.missing {
        let name = one.name.as_deref().unwrap_or_default();
        let labels = joined(&[("namespace", &one.namespace), ("name", name)]);
        let _ = writeln!(out, "mtlsmith_certificate_missing{{{labels}}} 1");
    }
}

fn numbers(out: &mut String, counted: &Counted) {
    let results = |out: &mut String, name: &str, help: &str, all: &[(&str, u64)]| {
        head(out, name, help, "counter");
        for (result, number) in all {
            let _ = writeln!(out, "{name}{{result=\"{result}\"}} {number}");
        }
    };
    let rotations = [("success", counted.rotated), ("refused", counted.refused), ("failure", counted.failed)];
    results(out, "mtlsmith_rotations_total", "Rotations by how they ended.", &rotations);
    let hooks = [("success", counted.hooks_succeeded), ("failure", counted.hooks_failed)];
    results(out, "mtlsmith_hooks_total", "Runs of the hooks of a certificate by how they ended.", &hooks);
    let reloads = [("success", counted.reloads), ("failure", counted.reloads_failed)];
    results(
        out,
        "mtlsmith_config_reloads_total",
        "Reloads of the configuration by how they ended.",
        &reloads,
    );
    let looked_at = counted.looked_at.map_or(0, Timestamp::unix);
    let plain = [
        (
            "x509_read_errors",
            "Certificates, bundles and filters that could not be read.",
            "counter",
            counted.read_errors.to_string(),
        ),
        (
            "mtlsmith_clock_jumps_total",
            "How often the clock was set or the machine slept.",
            "counter",
            counted.clock_jumps.to_string(),
        ),
        ("mtlsmith_looks_total", "How often everything was looked at.", "counter", counted.looks.to_string()),
        (
            "mtlsmith_hooks_pending",
            "Certificates whose hooks have not all succeeded.",
            "gauge",
            counted.hooks_pending.to_string(),
        ),
        (
            "mtlsmith_last_look_timestamp_seconds",
            "When everything was last looked at.",
            "gauge",
            looked_at.to_string(),
        ),
    ];
    for (name, help, kind, value) in plain {
        head(out, name, help, kind);
        let _ = writeln!(out, "{name} {value}");
    }
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn x509_labels(leaf: &LeafFacts) -> String {
    let file = leaf.path.rsplit('/').next().unwrap_or_default();
    let all = [
        ("filename", file),
        ("filepath", &leaf.path),
        ("serial_number", &leaf.serial),
        ("subject_CN", &leaf.subject.common_name),
        ("subject_O", &leaf.subject.organization),
        ("subject_OU", &leaf.subject.unit),
        ("issuer_CN", &leaf.issuer.common_name),
        ("issuer_O", &leaf.issuer.organization),
        ("issuer_OU", &leaf.issuer.unit),
    ];
    joined(&all)
}

fn own_labels(leaf: &LeafFacts) -> String {
    joined(&[("namespace", &leaf.namespace), ("name", &leaf.name)])
}

fn joined(labels: &[(&str, &str)]) -> String {
    let filled = labels.iter().filter(|(_, value)| !value.is_empty());
    let all: Vec<String> = filled.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    all.join(",")
}

/// As the format wants it, and without anything that moves a cursor: a person may read this too.
fn escaped(value: &str) -> String {
    let harmless = mtlsmith_report::for_terminal(value);
    harmless.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

const X509: [Gauge; 4] = [
    ("x509_cert_not_before", "When the certificate begins to hold.", |leaf, _| Some(leaf.not_before.unix())),
    ("x509_cert_not_after", "When the certificate ends by what it says itself.", |leaf, _| {
        Some(leaf.not_after.unix())
    }),
    ("x509_cert_expired", "1 when the certificate has ended.", |leaf, now| {
        Some(i64::from(leaf.not_after < now))
    }),
    ("x509_cert_expires_in_seconds", "What is left of it.", |leaf, now| Some(leaf.not_after.since(now))),
];

const OWN: [Gauge; 4] = [
    (
        "mtlsmith_certificate_effective_expiry_timestamp_seconds",
        "When the first certificate of its path ends; 0 when it does not get in.",
        |leaf, _| Some(leaf.effective_expiry.map_or(0, Timestamp::unix)),
    ),
    (
        "mtlsmith_certificate_not_after_timestamp_seconds",
        "When it ends by what it says itself.",
        |leaf, _| Some(leaf.not_after.unix()),
    ),
    ("mtlsmith_certificate_renewal_timestamp_seconds", "When it is going to be replaced.", |leaf, _| {
        leaf.due.map(Timestamp::unix)
    }),
    (
        "mtlsmith_certificate_failures",
        "Rotations that failed since the last one that succeeded.",
        |leaf, _| Some(i64::from(leaf.failures)),
    ),
];

#[cfg(test)]
mod tests {
    use super::super::counters::LiveFacts;
    use super::super::counters::Missing;
    use super::super::counters::Named;
    use super::*;

    #[test]
    fn every_line_is_of_the_format_whatever_a_name_holds() {
        let at = Timestamp::from_unix;
        let leaf = LeafFacts {
            namespace: "orders.a1b2c".to_owned(),
            name: "worker".to_owned(),
            path: "/srv/\"x\"\\/tls.crt".to_owned(),
            serial: "255".to_owned(),
            subject: Named {
                common_name: "a\nx509_cert_not_after 1\u{1b}[2J".to_owned(),
                ..Named::default()
            },
            issuer: Named::default(),
            not_before: at(100),
            not_after: at(200),
            effective_expiry: None,
            due: Some(at(150)),
            failures: 2,
        };
        let live =
            LiveFacts { namespace: "orders.a1b2c".to_owned(), at: Some(at(190)), answers: 4, failures: 1 };
        let missing = [Some("wroker"), None]
            .map(|name| Missing { namespace: "orders.a1b2c".to_owned(), name: name.map(str::to_owned) });
        let counted = Counted {
            rotated: 3,
            leaves: vec![leaf].into(),
            live: vec![live],
            missing: missing.to_vec(),
            ..Counted::default()
        };
        let text = text(&counted, at(250));
        for line in text.lines() {
            let value = line.rsplit(' ').next().unwrap();
            assert!(line.starts_with("# ") || value.parse::<i64>().is_ok(), "{line:?}");
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
        assert!(text.contains("mtlsmith_rotations_total{result=\"success\"} 3\n"));
        assert!(text.contains("mtlsmith_live_bundle_age_seconds{namespace=\"orders.a1b2c\"} 60\n"), "{text}");
        for labels in ["namespace=\"orders.a1b2c\",name=\"wroker\"", "namespace=\"orders.a1b2c\""] {
            assert!(text.contains(&format!("mtlsmith_certificate_missing{{{labels}}} 1\n")), "{text}");
        }
        assert!(text.contains("filepath=\"/srv/\\\"x\\\"\\\\/tls.crt\""), "{text}");
        assert!(
            text.contains(
                "effective_expiry_timestamp_seconds{namespace=\"orders.a1b2c\",name=\"worker\"} 0\n"
            )
        );
        let expired = text.lines().find(|line| line.starts_with("x509_cert_expired{")).unwrap();
        assert!(expired.ends_with(" 1"), "{expired}");
    }
}
