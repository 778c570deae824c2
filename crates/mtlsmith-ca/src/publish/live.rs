//! What is live at the server: a Namespace's bundle and filters, and the version that the next update has to name.

use std::fmt;

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::filters::Filter;
use serde_json::Value;
use serde_json::json;

use super::Intent;
use super::intent::filters_from_json;
use super::intent::filters_to_json;

/// A Namespace as the server describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveNamespace {
    /// The Namespace, account included.
    pub namespace: NamespaceName,
    /// The version of its specification; `None` when whoever was asked does not say.
    pub resource_version: Option<ResourceVersion>,
    /// The PEM text of the accepted CAs, as the server keeps it; empty when there is none.
    pub bundle: Vec<u8>,
    /// The certificate filters; `None` when whoever was asked does not say.
    pub filters: Option<Vec<Filter>>,
    /// Is authentication by certificate on? `None` when whoever was asked does not say.
    pub mtls_enabled: Option<bool>,
}

impl LiveNamespace {
    /// Does it trust exactly the certificates of the intent? Compared are their bytes, which is what the canonical form holds; white
    /// space, text between and order do not decide who gets in, and the server may rewrite them.
    pub fn has_bundle_of(&self, intent: &Intent) -> bool {
        let (ours, theirs) = (Bundle::read(intent.bundle().as_bytes()), Bundle::read(&self.bundle));
        let sorted = |bundle: &Bundle| {
            let mut certificates: Vec<Vec<u8>> =
                bundle.certificates().map(|one| one.der().to_vec()).collect();
            certificates.sort();
            certificates
        };
        theirs.has_whole_canonical_form() && sorted(&ours) == sorted(&theirs)
    }

    /// Does it have the filters of the intent? `Some(true)` too when the intent leaves them alone; `None` when the live filters are
    /// not known. The order of filters means nothing to the server.
    pub fn has_filters_of(&self, intent: &Intent) -> Option<bool> {
        let Some(wanted) = intent.filters() else { return Some(true) };
        let live = self.filters.as_ref()?;
        let sorted = |filters: &[Filter]| {
            let mut filters = filters.to_vec();
            filters.sort();
            filters
        };
        Some(sorted(wanted) == sorted(live))
    }

    /// As text, to be kept until the server answers again.
    pub fn to_json(&self) -> String {
        let value = json!({
            "namespace": self.namespace.as_str(),
            "resourceVersion": self.resource_version.as_ref().map(ResourceVersion::as_str),
            "bundle": String::from_utf8_lossy(&self.bundle),
            "filters": self.filters.as_deref().map(filters_to_json),
            "mtlsEnabled": self.mtls_enabled,
        });
        format!("{value:#}\n")
    }

    /// From that text; `None` when it is not what was written.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let version = value.get("resourceVersion").and_then(Value::as_str);
        let filters = value.get("filters").filter(|filters| !filters.is_null());
        let filters = filters.map(|filters| filters_from_json(filters).ok_or(())).transpose().ok()?;
        Some(LiveNamespace {
            namespace: NamespaceName::new(value.get("namespace")?.as_str()?).ok()?,
            resource_version: version.map(ResourceVersion::new),
            bundle: value.get("bundle")?.as_str()?.as_bytes().to_vec(),
            filters,
            mtls_enabled: value.get("mtlsEnabled").and_then(Value::as_bool),
        })
    }

    /// Does it hold all that the intent wants, as far as it is known?
    pub fn holds(&self, intent: &Intent) -> bool {
        self.has_bundle_of(intent) && self.has_filters_of(intent) == Some(true)
    }
}

/// The full name of a Namespace, `name.account`. Nothing else fits into a path of a URL or an argument of a command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceName(String);

impl NamespaceName {
    /// From text.
    ///
    /// # Errors
    /// [`NotANamespace`] for anything but letters, digits and hyphens with one dot between.
    pub fn new(text: &str) -> Result<Self, NotANamespace> {
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        match text.split_once('.') {
            Some((name, account)) if is_label(name) && is_label(account) && text.len() <= LONGEST_NAME => {
                Ok(NamespaceName(text.to_owned()))
            }
            _ => Err(NotANamespace),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the dot, as Terraform and the specification call the Namespace.
    pub fn name(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for NamespaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text names no Namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANamespace;

impl fmt::Display for NotANamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Namespace is written with its account, as in orders.a1b2c: letters, digits and hyphens, one dot")
    }
}

impl std::error::Error for NotANamespace {}

/// The version of a Namespace's specification (an etag): the server takes an update only for the version it has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceVersion(String);

impl ResourceVersion {
    /// From the server's text; control characters are replaced, since it is shown and recorded.
    pub fn new(text: &str) -> Self {
        ResourceVersion(super::text::defused(text, LONGEST_VERSION))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two labels of DNS and a dot.
const LONGEST_NAME: usize = 127;

/// Versions seen have some forty characters.
const LONGEST_VERSION: usize = 512;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::filters::Field;

    use super::*;

    fn live(bundle: &str) -> LiveNamespace {
        LiveNamespace {
            namespace: NamespaceName::new("orders.a1b2c").unwrap(),
            resource_version: Some(ResourceVersion::new("v1")),
            bundle: bundle.as_bytes().to_vec(),
            filters: Some(Vec::new()),
            mtls_enabled: Some(true),
        }
    }

    #[test]
    fn bundles_are_compared_by_their_certificates() {
        let (old, new) = (testkit::root("old"), testkit::root("new"));
        let text = testkit::bundle(&[&old, &new]);
        let intent = Intent::new(&live(""), text.as_bytes(), None).unwrap();
        for (other, same) in [
            (text.clone(), true),
            (text.replace('\n', "\r\n"), true),
            (text.trim_end().to_owned(), true),
            (testkit::bundle(&[&new, &old]), true),
            (testkit::bundle(&[&new, &old, &old]), false),
            (testkit::bundle(&[&old]), false),
            (text.replacen("-----BEGIN", "-----BEGUN", 1), false),
            (String::new(), false),
        ] {
            assert_eq!(live(&other).has_bundle_of(&intent), same, "{other}");
        }
    }

    #[test]
    fn filters_are_compared_as_a_set_and_only_when_they_are_known() {
        let filter = |name: &str| Filter::default().with(Field::CommonName, name);
        let bundle = testkit::root("one").pem();
        let wanted = vec![filter("a"), filter("b")];
        let intent = Intent::new(&live(""), bundle.as_bytes(), Some(wanted)).unwrap();
        let with = |filters| LiveNamespace { filters, ..live(&bundle) };
        assert_eq!(with(Some(vec![filter("b"), filter("a")])).has_filters_of(&intent), Some(true));
        assert_eq!(with(Some(vec![filter("a")])).has_filters_of(&intent), Some(false));
        assert_eq!(with(None).has_filters_of(&intent), None);
        assert!(!with(None).holds(&intent));
    }

    #[test]
    fn what_was_kept_is_read_again() {
        let bundle = testkit::root("one").pem();
        let filters = Some(vec![Filter::default().with(Field::CommonName, "a")]);
        for live in [live(&bundle), LiveNamespace { filters, ..live("") }] {
            assert_eq!(LiveNamespace::from_json(&live.to_json()), Some(live));
        }
        let unknown = LiveNamespace { resource_version: None, filters: None, mtls_enabled: None, ..live("") };
        assert_eq!(LiveNamespace::from_json(&unknown.to_json()), Some(unknown));
        for wrong in [
            "",
            "{}",
            "[]",
            r#"{"namespace":"a.b","bundle":1}"#,
            r#"{"namespace":"a.b","bundle":"","filters":3}"#,
        ] {
            assert_eq!(LiveNamespace::from_json(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_namespace_name_fits_into_a_path_and_an_argument() {
        assert_eq!(NamespaceName::new("orders-eu.a1b2c").unwrap().name(), "orders-eu");
        for wrong in [
            "",
            "orders",
            ".a",
            "a.",
            "a.b.c",
            "a/../b.c",
            "a b.c",
            "-f.b",
            "a.-b",
            "a.b\n",
            &"a.".repeat(90),
        ] {
            assert_eq!(NamespaceName::new(wrong), Err(NotANamespace), "{wrong:?}");
        }
    }
}
