//! Who gets in where: the matrix of many Namespaces and many clients, for people, machines and browsers.

mod html;
mod labels;
mod text;
mod wire;

use mtlsmith_validate::admission::Access;
use mtlsmith_validate::admission::SharedCa;
use mtlsmith_validate::time::Timestamp;

pub use html::render as html;
pub use text::render as text;
pub use wire::render as json;

/// The matrix, as it was decided.
#[derive(Debug)]
pub struct AccessMatrix {
    /// The columns.
    pub namespaces: Vec<AccessNamespace>,
    /// The rows.
    pub clients: Vec<AccessClient>,
    /// The CAs that stand in more than one bundle, by index into `namespaces`.
    pub shared: Vec<SharedCa>,
    /// The time it was decided for.
    pub now: Timestamp,
}

/// A Namespace.
#[derive(Debug)]
pub struct AccessNamespace {
    /// Its name.
    pub name: String,
    /// How many filters it has.
    pub filters: usize,
    /// Would its bundle be taken, and clients get in through each CA of it?
    pub is_sound: bool,
}

/// A client certificate.
#[derive(Debug)]
pub struct AccessClient {
    /// The file it came from.
    pub file: String,
    /// Its subject.
    pub subject: String,
    /// SHA-256 over its DER, in hexadecimal digits.
    pub sha256: String,
    /// What it finds at each Namespace, in the order of `namespaces`.
    pub row: Vec<Access>,
    /// Why a Namespace that knows its CA refuses it, when one does.
    pub refusal: Option<String>,
}

impl AccessClient {
    /// The Namespaces that it opens, before some servers at least.
    pub fn opens(&self) -> impl Iterator<Item = usize> {
        self.row.iter().enumerate().filter(|(_, access)| access.opens()).map(|(index, _)| index)
    }
}

impl AccessMatrix {
    /// The clients that open more than one Namespace.
    pub fn leaks(&self) -> impl Iterator<Item = &AccessClient> {
        self.clients.iter().filter(|client| client.opens().nth(1).is_some())
    }

    /// The CAs below which any certificate opens several Namespaces: shared, and at least one of them without filters.
    pub fn open_cas(&self) -> impl Iterator<Item = &SharedCa> {
        self.shared.iter().filter(|ca| !ca.without_filters.is_empty())
    }

    /// Is every Namespace closed to the clients of the others, as far as these certificates and bundles tell?
    pub fn is_tight(&self) -> bool {
        self.leaks().next().is_none() && self.open_cas().next().is_none()
    }

    fn name(&self, namespace: usize) -> &str {
        self.namespaces.get(namespace).map_or("", |namespace| namespace.name.as_str())
    }

    /// The names of Namespaces, the first few, and how many more there are.
    fn names(&self, namespaces: impl IntoIterator<Item = usize>, at_most: usize) -> String {
        let mut names: Vec<&str> = namespaces.into_iter().map(|index| self.name(index)).collect();
        let more = names.len().saturating_sub(at_most);
        names.truncate(at_most);
        match (names.is_empty(), more) {
            (true, _) => "none".to_owned(),
            (false, 0) => names.join(", "),
            (false, more) => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// The sentence that says it all.
    fn conclusion(&self) -> String {
        let (leaks, cas) = (self.leaks().count(), self.open_cas().count());
        if self.is_tight() && !self.clients.iter().any(|client| client.opens().next().is_some()) {
            return "Nothing leaks, since none of these certificates opens any of these Namespaces."
                .to_owned();
        }
        if self.is_tight() {
            return "Every certificate opens one Namespace at most, and no CA is shared without filters."
                .to_owned();
        }
        let mut parts = Vec::new();
        if leaks > 0 {
            parts.push(format!("{} more than one Namespace", verb(leaks, "certificate", "opens", "open")));
        }
        if cas > 0 {
            parts.push(format!(
                "{} shared with a Namespace that has no filters",
                verb(cas, "CA", "is", "are")
            ));
        }
        format!("{}.", parts.join(", and "))
    }
}

/// `1 CA is`, `2 CAs are`.
fn verb(count: usize, noun: &str, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {noun} {one}") } else { format!("{count} {noun}s {many}") }
}

#[cfg(test)]
mod testing {
    use super::*;

    /// A fingerprint that tells this file from others.
    pub(super) fn fingerprint(file: &str) -> String {
        let sum = file.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        format!("{:016x}", sum.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4)
    }

    /// Two Namespaces that share a CA, three clients.
    pub(super) fn matrix() -> AccessMatrix {
        let namespace =
            |name: &str, filters| AccessNamespace { name: name.to_owned(), filters, is_sound: true };
        let client = |file: &str, subject: &str, row: [Access; 2]| AccessClient {
            file: file.to_owned(),
            subject: subject.to_owned(),
            sha256: fingerprint(file),
            row: row.to_vec(),
            refusal: row.contains(&Access::Refused).then(|| "the certificate expired yesterday".to_owned()),
        };
        AccessMatrix {
            namespaces: vec![namespace("orders.a1b2c", 1), namespace("billing.a1b2c", 0)],
            clients: vec![
                client("worker.pem", "CN=worker,O=acme", [Access::Admitted, Access::Contested]),
                client("starter.pem", "CN=<b>\u{1b}[31m", [Access::Filtered, Access::Admitted]),
                client("old.pem", "CN=old", [Access::Refused, Access::NoChain]),
            ],
            shared: vec![SharedCa {
                sha256: "ab".repeat(32),
                subject: "CN=shared,O=acme".to_owned(),
                namespaces: vec![0, 1],
                without_filters: vec![1],
            }],
            now: Timestamp::from_unix(1_795_449_600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::matrix;

    #[test]
    fn a_certificate_that_opens_two_namespaces_is_a_leak_and_one_that_opens_one_is_not() {
        let mut matrix = matrix();
        assert_eq!(matrix.leaks().map(|client| client.file.as_str()).collect::<Vec<_>>(), ["worker.pem"]);
        assert!(!matrix.is_tight());
        matrix.clients.remove(0);
        assert!(!matrix.is_tight(), "the shared CA is left");
        matrix.shared[0].without_filters.clear();
        assert!(matrix.is_tight());
    }

    #[test]
    fn names_are_told_up_to_a_number() {
        let matrix = matrix();
        assert_eq!(matrix.names([0, 1], 1), "orders.a1b2c and 1 more");
        assert_eq!(matrix.names([0, 1], 2), "orders.a1b2c, billing.a1b2c");
        assert_eq!(matrix.names([], 2), "none");
    }
}
