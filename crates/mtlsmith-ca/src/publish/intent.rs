//! What is about to be asked of the server, complete enough to be recorded, repeated and resolved.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::edit;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use super::LiveNamespace;
use super::NamespaceName;
use super::ResourceVersion;

/// A change of a Namespace: the whole target, and what it builds on. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    namespace: NamespaceName,
    bundle: String,
    filters: Option<Vec<Filter>>,
    based_on: Option<ResourceVersion>,
    attempt: u32,
}

impl Intent {
    /// The intent to replace the bundle of a Namespace, and its filters when some are given. The text is taken in its canonical form.
    ///
    /// # Errors
    /// [`IntentError`] when the text has no canonical form without loss (a private key in it, a damaged block, no certificate at all).
    /// Whether the bundle is any good is for `check_bundle`, asked before.
    pub fn new(
        live: &LiveNamespace,
        bundle: &[u8],
        filters: Option<Vec<Filter>>,
    ) -> Result<Self, IntentError> {
        Ok(Intent {
            namespace: live.namespace.clone(),
            bundle: edit::canonical(&Bundle::read(bundle)).map_err(IntentError)?,
            filters,
            based_on: live.resource_version.clone(),
            attempt: 1,
        })
    }

    /// The Namespace to change.
    pub fn namespace(&self) -> &NamespaceName {
        &self.namespace
    }

    /// The bundle that shall be live, as canonical PEM.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// The filters that shall be live; `None` leaves them as they are.
    pub fn filters(&self) -> Option<&[Filter]> {
        self.filters.as_deref()
    }

    /// The version of the specification on which it builds.
    pub fn based_on(&self) -> Option<&ResourceVersion> {
        self.based_on.as_ref()
    }

    /// The same intent under a new operation id, for when the server ended the operation of the old one without the change. The
    /// server would answer the old id with the old operation.
    #[must_use]
    pub fn next_attempt(&self) -> Self {
        Intent { attempt: self.attempt.saturating_add(1), ..self.clone() }
    }

    /// This intent, told apart from the last one in the record when that one asked for the same: under the id of an operation that has
    /// failed, nothing would happen. To be used for every intent that is made anew while a record of an unsuccessful one exists.
    #[must_use]
    pub fn following(self, last: &Intent) -> Self {
        let same = Intent { attempt: last.attempt, ..self.clone() } == *last;
        if same { last.next_attempt() } else { self }
    }

    /// The id of the operation. It follows from all that the intent says, so that the same intent read from the record after a crash
    /// names the same operation, and no other intent does.
    pub fn operation(&self) -> OperationId {
        let mut digest = self.digest();
        // Marked as RFC 9562 version 8, the one for ids that come from elsewhere than chance or time.
        if let Some(byte) = digest.get_mut(6) {
            *byte = *byte & 0x0f | 0x80;
        }
        if let Some(byte) = digest.get_mut(8) {
            *byte = *byte & 0x3f | 0x80;
        }
        let mut id = String::new();
        for (index, byte) in digest.iter().take(16).enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            id.push_str(&format!("{byte:02x}"));
        }
        OperationId(id)
    }

    /// Over every field, each behind its length, so that no two intents look alike.
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.len().to_string());
            hash.update(":");
            hash.update(text);
        };
        add(self.namespace.as_str());
        add(&self.bundle);
        add(self.based_on.as_ref().map_or("", ResourceVersion::as_str));
        add(&self.attempt.to_string());
        add(&self.filters.as_ref().map_or("kept".to_owned(), |filters| filters.len().to_string()));
        for filter in self.filters.iter().flatten() {
            for field in Field::ALL {
                add(&filter.field(field).map(ToString::to_string).unwrap_or_default());
            }
        }
        hash.finalize().into()
    }

    /// As a line of JSON, for the record.
    pub fn to_json(&self) -> String {
        json!({
            "namespace": self.namespace.as_str(),
            "bundle": STANDARD.encode(&self.bundle),
            "filters": self.filters.as_deref().map(filters_to_json),
            "basedOn": self.based_on.as_ref().map(ResourceVersion::as_str),
            "attempt": self.attempt,
        })
        .to_string()
    }

    /// From the record; `None` when the text is not what [`Intent::to_json`] writes.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let optional_text = |field: &str| match value.get(field)? {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text.clone())),
            _ => None,
        };
        let filters = match value.get("filters")? {
            Value::Null => None,
            list => Some(filters_from_json(list)?),
        };
        let intent = Intent {
            namespace: NamespaceName::new(&optional_text("namespace")??).ok()?,
            bundle: String::from_utf8(STANDARD.decode(optional_text("bundle")??).ok()?).ok()?,
            filters,
            based_on: optional_text("basedOn")?.map(|text| ResourceVersion::new(&text)),
            attempt: u32::try_from(value.get("attempt")?.as_u64()?).ok()?,
        };
        serde_json::from_str::<Value>(&intent.to_json()).is_ok_and(|own| own == value).then_some(intent)
    }
}

/// Filters as the API writes them: the fields that are set.
pub(super) fn filters_to_json(filters: &[Filter]) -> Value {
    let object = |filter: &Filter| {
        filter.patterns().map(|(field, pattern)| (field.to_string(), json!(pattern.to_string()))).collect()
    };
    Value::Array(filters.iter().map(|filter| Value::Object(object(filter))).collect())
}

/// Filters as the API writes them, in either spelling of protobuf JSON; `None` when there is something in them that we do not know and
/// would lose.
pub(super) fn filters_from_json(list: &Value) -> Option<Vec<Filter>> {
    let filter = |value: &Value| {
        let mut filter = Filter::default();
        for (name, pattern) in value.as_object()? {
            filter = filter.with(field_named(name)?, pattern.as_str()?);
        }
        Some(filter)
    };
    list.as_array()?.iter().map(filter).collect()
}

fn field_named(name: &str) -> Option<Field> {
    match name {
        "commonName" | "common_name" => Some(Field::CommonName),
        "organization" => Some(Field::Organization),
        "organizationalUnit" | "organizational_unit" => Some(Field::OrganizationalUnit),
        "subjectAlternativeName" | "subject_alternative_name" => Some(Field::SubjectAlternativeName),
        _ => None,
    }
}

/// The id of an asynchronous operation of the server, in the form of a UUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OperationId(String);

impl OperationId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The bundle cannot be published as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentError(pub edit::EditError);

impl fmt::Display for IntentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bundle cannot be published: {}", self.0)
    }
}

impl std::error::Error for IntentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn live(version: &str) -> LiveNamespace {
        LiveNamespace {
            namespace: NamespaceName::new("orders.a1b2c").unwrap(),
            resource_version: Some(ResourceVersion::new(version)),
            bundle: Vec::new(),
            filters: Some(Vec::new()),
            mtls_enabled: Some(true),
        }
    }

    fn intent(version: &str, cn: &str) -> Intent {
        let filters =
            vec![Filter::default().with(Field::CommonName, "worker-*").with(Field::Organization, "acme")];
        Intent::new(&live(version), testkit::root(cn).pem().as_bytes(), Some(filters)).unwrap()
    }

    #[test]
    fn the_record_gives_back_the_same_intent_and_the_same_operation() {
        let intent = intent("v1", "one").next_attempt();
        let read = Intent::from_json(&intent.to_json()).unwrap();
        assert_eq!(read, intent);
        assert_eq!(read.operation(), intent.operation());
        for damaged in ["", "{}", "[]", &intent.to_json().replace("orders", "../x"), &intent.to_json()[1..]] {
            assert_eq!(Intent::from_json(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn another_intent_is_another_operation() {
        let ids: std::collections::BTreeSet<String> = [
            intent("v1", "one"),
            intent("v2", "one"),
            intent("v1", "two"),
            intent("v1", "one").next_attempt(),
            Intent { filters: None, ..intent("v1", "one") },
        ]
        .iter()
        .map(|intent| intent.operation().to_string())
        .collect();
        assert_eq!(ids.len(), 5);
        assert!(ids.iter().all(|id| id.len() == 36 && id.chars().nth(14) == Some('8')), "{ids:?}");
    }

    #[test]
    fn an_intent_that_repeats_the_last_one_gets_an_id_of_its_own() {
        let last = intent("v1", "one").next_attempt();
        assert_eq!(intent("v1", "one").following(&last), last.next_attempt());
        assert_eq!(intent("v2", "one").following(&last), intent("v2", "one"));
    }

    #[test]
    fn a_bundle_with_a_private_key_or_without_a_certificate_is_no_intent() {
        let key =
            format!("{}{}", testkit::root("one").pem(), testkit::pem_block("PRIVATE KEY", b"secret bytes"));
        for text in ["", &key, "no pem"] {
            let error = Intent::new(&live("v1"), text.as_bytes(), None).unwrap_err();
            assert!(error.to_string().starts_with("the bundle cannot be published: "), "{error}");
        }
    }
}
