//! From the answer about a client's file to what the JSON says of it.

use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission;
use mtlsmith_validate::admission::Opinion;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::path;

use super::convert::verdict;
use super::wire_client;
use crate::client::Client;
use crate::client::FilterRow;
use crate::client::fault_code;
use crate::client::fault_in_words;

/// The answer.
pub(super) fn client(client: &Client<'_>) -> wire_client::Client {
    let opinions = client.answer.decision.opinions().iter();
    wire_client::Client {
        decision: decision(client.report().verdict()),
        sentence: format!("{}{}", client.word(), client.words(|finding| finding.message())),
        until: client.until().map(|time| time.to_string()),
        path: client.path().iter().map(|at| step(client, *at)).collect(),
        filter: client.filter().map(|filter| filter + 1),
        servers: opinions.map(|opinion| server(client, opinion)).collect(),
        filters: client.filter_rows().into_iter().map(field).collect(),
        undocumented: client.undocumented(),
        bundle: wire_client::TrustedBundle {
            name: client.files.bundle.to_owned(),
            certificates: client.answer.trust.bundle().members.len(),
            verdict: verdict(client.files.bundle_verdict),
        },
        key_file: client.files.key.map(str::to_owned),
        filters_file: client.files.filters.map(str::to_owned),
        namespace: client.files.namespace.map(str::to_owned),
    }
}

fn decision(verdict: Verdict) -> wire_client::Decision {
    match verdict {
        Verdict::Accepted => wire_client::Decision::Admitted,
        Verdict::AcceptedButUnusable => wire_client::Decision::Contested,
        Verdict::Refused => wire_client::Decision::Refused,
    }
}

fn step(client: &Client<'_>, at: admission::Place) -> wire_client::Step {
    let certificate = client.certificate(at);
    wire_client::Step {
        place: place(client, at),
        subject: certificate.map(|certificate| certificate.subject().to_string()),
        sha256: certificate.map(Certificate::sha256_hex),
        not_after: certificate.map(|certificate| certificate.not_after().to_string()),
    }
}

fn place(client: &Client<'_>, at: admission::Place) -> wire_client::Place {
    let (origin, file, index) = match at {
        admission::Place::Presented(index) => (wire_client::Origin::Client, client.document.name, index),
        admission::Place::Trusted(index) => (wire_client::Origin::Bundle, client.files.bundle, index),
    };
    wire_client::Place { origin, file: file.to_owned(), number: index + 1 }
}

fn server(client: &Client<'_>, opinion: &Opinion) -> wire_client::Server {
    wire_client::Server {
        family: match opinion.server.family {
            admission::Family::Go => wire_client::Family::Go,
            admission::Family::OpenSsl => wire_client::Family::Openssl,
        },
        anchors: match opinion.server.anchors {
            path::Anchors::Roots => wire_client::Anchors::Roots,
            path::Anchors::EveryMember => wire_client::Anchors::EveryMember,
        },
        view: match opinion.view {
            admission::View::Admits(_) => wire_client::View::Admits,
            admission::View::Refuses(_) => wire_client::View::Refuses,
            admission::View::Varies(..) => wire_client::View::Varies,
        },
        fault: opinion.view.fault().map(|fault| wire_client::Fault {
            kind: fault_code(&fault.kind),
            words: fault_in_words(&fault.kind),
            at: place(client, fault.at),
        }),
    }
}

fn field(row: FilterRow) -> wire_client::FilterField {
    let FilterRow { filter, line, field, wanted, found, is_met } = row;
    wire_client::FilterField { filter, line, field, wanted, found, met: is_met }
}
