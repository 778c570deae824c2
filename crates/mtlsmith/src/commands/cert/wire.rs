//! What the JSON of these commands looks like: a contract with whoever reads it.

use std::collections::BTreeMap;

use mtlsmith_report::Document;
use mtlsmith_report::Loads;
use mtlsmith_report::SDKS;
use mtlsmith_report::loads;
use mtlsmith_report::public_key_sha256;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::private_key::PrivateKey;
use mtlsmith_validate::private_key::PrivateKeyFile;
use serde::Serialize;

/// What is in a file.
#[derive(Serialize)]
pub(super) struct Inspected<'a> {
    schema: u32,
    file: &'a str,
    certificates: Vec<InspectedCertificate>,
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct InspectedCertificate {
    /// Counted from 1.
    number: usize,
    /// Why it cannot be read; null when it can.
    problem: Option<String>,
    subject: Option<String>,
    issuer: Option<String>,
    is_ca: Option<bool>,
    key: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    sha1: Option<String>,
    sha256: Option<String>,
    /// What filters compare, by the field of a filter.
    names: BTreeMap<&'static str, Vec<String>>,
    /// The certificates of the file that signed it, from 1.
    issuers: Vec<usize>,
}

#[derive(Serialize)]
struct Key {
    form: &'static str,
    kind: Option<String>,
    pem: bool,
    encrypted: bool,
    public_key_sha256: Option<String>,
    /// The certificates of the file with this key, from 1.
    certificates: Vec<usize>,
    loaded_by: Vec<LoadedBy>,
}

#[derive(Serialize)]
struct LoadedBy {
    sdk: &'static str,
    /// `yes`, `conditionally`, `no` or `unknown`.
    loads: &'static str,
    /// The condition, or the reason.
    why: Option<&'static str>,
}

/// What is in a file.
pub(super) fn inspected<'a>(document: &Document<'a>, keys: &PrivateKeyFile) -> Inspected<'a> {
    Inspected {
        schema: 1,
        file: document.name,
        certificates: document.report.bundle.members.iter().map(|member| of(document, member)).collect(),
        keys: keys.keys().iter().map(|one| key(document, one, keys.is_pem())).collect(),
    }
}

fn of(document: &Document<'_>, member: &Member) -> InspectedCertificate {
    let read = member.certificate();
    let names = read.map(CertificateNames::of).unwrap_or_default();
    let fields =
        [Field::CommonName, Field::Organization, Field::OrganizationalUnit, Field::SubjectAlternativeName];
    let values = |field: Field| names.present(field).iter().map(ToString::to_string).collect();
    let node = document.report.graph.node(member.index);
    InspectedCertificate {
        number: member.number(),
        problem: member.content.as_ref().err().map(ToString::to_string),
        subject: read.map(|certificate| certificate.subject().to_string()),
        issuer: read.map(|certificate| certificate.issuer().to_string()),
        is_ca: read.map(|certificate| certificate.is_ca()),
        key: read.map(|certificate| certificate.key().to_string()),
        not_before: read.map(|certificate| certificate.not_before().to_string()),
        not_after: read.map(|certificate| certificate.not_after().to_string()),
        sha1: read.map(|certificate| certificate.sha1_hex()),
        sha256: read.map(|certificate| certificate.sha256_hex()),
        names: fields.into_iter().map(|field| (field.as_str(), values(field))).collect(),
        issuers: node.iter().flat_map(|node| node.link.issuers()).map(|issuer| issuer + 1).collect(),
    }
}

fn key(document: &Document<'_>, key: &PrivateKey, is_pem: bool) -> Key {
    let info = key.public_key_info();
    let has_it = |member: &&Member| {
        let of_member = member.certificate().map(|certificate| certificate.subject_public_key_info());
        info.is_some() && of_member == info
    };
    let loaded_by = SDKS.into_iter().zip(loads(key, is_pem)).map(|(sdk, loads)| {
        let (loads, why) = match loads {
            Loads::Yes => ("yes", None),
            Loads::If(condition) => ("conditionally", Some(condition)),
            Loads::No(why) => ("no", Some(why)),
            Loads::Unknown => ("unknown", None),
        };
        LoadedBy { sdk, loads, why }
    });
    Key {
        form: key.form().as_str(),
        kind: key.kind().map(ToString::to_string),
        pem: is_pem,
        encrypted: key.form().is_encrypted(),
        public_key_sha256: public_key_sha256(key),
        certificates: document.report.bundle.members.iter().filter(has_it).map(Member::number).collect(),
        loaded_by: loaded_by.collect(),
    }
}
