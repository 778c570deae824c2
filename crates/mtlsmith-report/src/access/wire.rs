//! The matrix as JSON, version 1: a contract with whoever reads it.

use serde::Serialize;

use super::AccessMatrix;

#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    now: String,
    tight: bool,
    namespaces: Vec<Namespace<'a>>,
    certificates: Vec<Certificate<'a>>,
    /// The certificates that open more than one Namespace, by file.
    leaks: Vec<&'a str>,
    shared_cas: Vec<SharedCa<'a>>,
}

#[derive(Serialize)]
struct Namespace<'a> {
    name: &'a str,
    filters: usize,
    bundle_accepted: bool,
}

#[derive(Serialize)]
struct Certificate<'a> {
    file: &'a str,
    subject: &'a str,
    sha256: &'a str,
    admitted: Vec<&'a str>,
    contested: Vec<&'a str>,
    filtered: Vec<&'a str>,
    refused: Vec<&'a str>,
}

#[derive(Serialize)]
struct SharedCa<'a> {
    sha256: &'a str,
    subject: &'a str,
    namespaces: Vec<&'a str>,
    without_filters: Vec<&'a str>,
}

/// The matrix as JSON. Namespaces of which a certificate knows no CA are in none of its lists.
pub fn render(matrix: &AccessMatrix) -> String {
    use mtlsmith_validate::admission::Access;
    let names = |indices: &[usize]| indices.iter().map(|index| matrix.name(*index)).collect();
    let certificates = matrix.clients.iter().map(|client| {
        let of = |wanted: Access| {
            let found = client.row.iter().enumerate().filter(|(_, access)| **access == wanted);
            found.map(|(index, _)| matrix.name(index)).collect()
        };
        Certificate {
            file: &client.file,
            subject: &client.subject,
            sha256: &client.sha256,
            admitted: of(Access::Admitted),
            contested: of(Access::Contested),
            filtered: of(Access::Filtered),
            refused: of(Access::Refused),
        }
    });
    let namespaces = matrix.namespaces.iter().map(|namespace| Namespace {
        name: &namespace.name,
        filters: namespace.filters,
        bundle_accepted: namespace.is_sound,
    });
    let shared = matrix.shared.iter().map(|ca| SharedCa {
        sha256: &ca.sha256,
        subject: &ca.subject,
        namespaces: names(&ca.namespaces),
        without_filters: names(&ca.without_filters),
    });
    crate::pretty_json(&Output {
        schema: 1,
        now: matrix.now.to_string(),
        tight: matrix.is_tight(),
        namespaces: namespaces.collect(),
        certificates: certificates.collect(),
        leaks: matrix.leaks().map(|client| client.file.as_str()).collect(),
        shared_cas: shared.collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::super::testing::matrix;

    #[test]
    fn each_certificate_has_the_namespaces_that_it_knows() {
        let value: Value = serde_json::from_str(&super::render(&matrix())).unwrap();
        assert_eq!(value["certificates"][0]["contested"], json!(["billing.a1b2c"]));
        assert_eq!(value["certificates"][2]["refused"], json!(["orders.a1b2c"]));
        assert_eq!((&value["leaks"], &value["tight"]), (&json!(["worker.pem"]), &json!(false)));
        assert_eq!(value["shared_cas"][0]["without_filters"], json!(["billing.a1b2c"]));
    }
}
