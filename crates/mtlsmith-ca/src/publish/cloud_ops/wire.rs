//! The JSON of the Cloud Ops API, read and changed field by field: whatever is not ours goes back byte for byte as it came.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;
use serde_json::value::RawValue;

use super::super::Intent;
use super::super::LiveNamespace;
use super::super::NamespaceName;
use super::super::ResourceVersion;
use super::super::intent::filters_from_json;
use super::super::intent::filters_to_json;

/// The fields of a JSON object, their values untouched.
type Fields = BTreeMap<String, Box<RawValue>>;

/// A Namespace as the API gives it.
pub(super) struct Namespace {
    pub(super) live: LiveNamespace,
    /// The operation that last changed it or is changing it.
    pub(super) operation: Option<String>,
    spec: Fields,
}

/// An asynchronous operation.
pub(super) struct Operation {
    pub(super) id: Option<String>,
    pub(super) state: State,
    /// When the server wants to be asked again.
    pub(super) check_after: Option<Duration>,
}

pub(super) enum State {
    Running,
    Fulfilled,
    /// Failed, cancelled or rejected, with the server's reason.
    Ended(String),
}

impl Namespace {
    /// Reads the answer to a request for this Namespace; `Err` says what is missing in it.
    pub(super) fn read(body: &str, name: &NamespaceName) -> Result<Self, String> {
        let answer: Fields =
            serde_json::from_str(body).map_err(|error| format!("no JSON object ({error})"))?;
        let namespace = object(&answer, NAMESPACE)?.ok_or("there is no namespace in it")?;
        if text(&namespace, NAMESPACE).is_some_and(|other| other != name.as_str()) {
            return Err("it is about another Namespace".to_owned());
        }
        let version = text(&namespace, RESOURCE_VERSION).filter(|version| !version.is_empty());
        let version = version.ok_or("there is no resource version in it")?;
        let spec = object(&namespace, SPEC)?.ok_or("there is no specification in it")?;
        let auth = object(&spec, MTLS_AUTH)?.unwrap_or_default();
        let filters = value(&auth, FILTERS).unwrap_or(Value::Null);
        let live = LiveNamespace {
            namespace: name.clone(),
            resource_version: Some(ResourceVersion::new(&version)),
            bundle: bundle(&auth)?,
            filters: if filters.is_null() { Some(Vec::new()) } else { filters_from_json(&filters) },
            mtls_enabled: Some(value(&auth, ENABLED).is_some_and(|enabled| enabled == Value::Bool(true))),
        };
        let operation = text(&namespace, OPERATION_ID).filter(|id| !id.is_empty());
        Ok(Namespace { live, operation, spec })
    }

    /// The body of the update that makes an intent real: the whole specification as it was read, two fields changed. `Err` says what
    /// would be lost.
    pub(super) fn update(&self, intent: &Intent) -> Result<String, String> {
        let mut auth = object(&self.spec, MTLS_AUTH)?.unwrap_or_default();
        // The old field says the same as the new one and would contradict it now.
        auth.retain(|name, _| !DEPRECATED_BUNDLE.contains(&name.as_str()));
        set(&mut auth, BUNDLE, raw(&json!(STANDARD.encode(intent.bundle())))?);
        if let Some(filters) = intent.filters() {
            if self.live.filters.is_none() {
                return Err("certificate filters with fields that are not known here".to_owned());
            }
            set(&mut auth, FILTERS, raw(&filters_to_json(filters))?);
        }
        let mut spec = self.spec.clone();
        set(&mut spec, MTLS_AUTH, raw_fields(&auth)?);
        let version = intent.based_on().map_or("", ResourceVersion::as_str);
        let mut body = Fields::new();
        set(&mut body, SPEC, raw_fields(&spec)?);
        set(&mut body, RESOURCE_VERSION, raw(&json!(version))?);
        set(&mut body, OPERATION_ID, raw(&json!(intent.operation().as_str()))?);
        serde_json::to_string(&body).map_err(|error| error.to_string())
    }
}

impl Operation {
    /// Reads the answer to an update or to a request for an operation.
    pub(super) fn read(body: &str) -> Option<Self> {
        let answer: Fields = serde_json::from_str(body).ok()?;
        let operation = object(&answer, ["asyncOperation", "async_operation"]).ok()??;
        let reason = text(&operation, ["failureReason", "failure_reason"]).unwrap_or_default();
        let state = text(&operation, ["state", "stateDeprecated"]).unwrap_or_default().to_ascii_lowercase();
        let state = match state.trim_start_matches("state_") {
            "fulfilled" => State::Fulfilled,
            ended @ ("failed" | "cancelled" | "rejected") if reason.is_empty() => {
                State::Ended(ended.to_owned())
            }
            "failed" | "cancelled" | "rejected" => State::Ended(reason),
            _ => State::Running,
        };
        let check_after = text(&operation, ["checkDuration", "check_duration"]);
        let check_after = check_after.and_then(|text| text.strip_suffix('s')?.parse::<f64>().ok());
        Some(Operation {
            id: text(&operation, ["id", ""]).filter(|id| !id.is_empty()),
            state,
            check_after: check_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        })
    }
}

/// The sentence in the answer to a request that was refused.
pub(super) fn message(body: &str) -> String {
    let fields: Option<Fields> = serde_json::from_str(body).ok();
    fields.and_then(|fields| text(&fields, ["message", "error"])).unwrap_or_else(|| body.to_owned())
}

fn bundle(auth: &Fields) -> Result<Vec<u8>, String> {
    let encoded = text(auth, BUNDLE).unwrap_or_default();
    if encoded.is_empty() && text(auth, DEPRECATED_BUNDLE).is_some_and(|old| !old.is_empty()) {
        return Err("it gives the bundle in the field of an API version before v0.2.0".to_owned());
    }
    STANDARD.decode(encoded).map_err(|_| "the bundle in it is not base64".to_owned())
}

/// A field under either of the two spellings that protobuf JSON has.
fn field<'a>(fields: &'a Fields, names: [&str; 2]) -> Option<&'a RawValue> {
    names.iter().find_map(|name| fields.get(*name)).map(AsRef::as_ref)
}

fn value(fields: &Fields, names: [&str; 2]) -> Option<Value> {
    serde_json::from_str(field(fields, names)?.get()).ok()
}

fn text(fields: &Fields, names: [&str; 2]) -> Option<String> {
    serde_json::from_str(field(fields, names)?.get()).ok()
}

/// An object within; `None` when it is absent or null.
fn object(fields: &Fields, names: [&str; 2]) -> Result<Option<Fields>, String> {
    let Some(raw) = field(fields, names) else { return Ok(None) };
    serde_json::from_str(raw.get()).map_err(|_| format!("{} is not an object", names.first().unwrap_or(&"")))
}

/// Sets a field under the spelling that it has, or under the first one.
fn set(fields: &mut Fields, names: [&str; 2], value: Box<RawValue>) {
    let name = names.iter().find(|name| fields.contains_key(**name)).or(names.first());
    fields.insert((*name.unwrap_or(&"")).to_owned(), value);
}

fn raw(value: &Value) -> Result<Box<RawValue>, String> {
    RawValue::from_string(value.to_string()).map_err(|error| error.to_string())
}

fn raw_fields(fields: &Fields) -> Result<Box<RawValue>, String> {
    let text = serde_json::to_string(fields).map_err(|error| error.to_string())?;
    RawValue::from_string(text).map_err(|error| error.to_string())
}

const NAMESPACE: [&str; 2] = ["namespace", ""];
const SPEC: [&str; 2] = ["spec", ""];
const RESOURCE_VERSION: [&str; 2] = ["resourceVersion", "resource_version"];
const OPERATION_ID: [&str; 2] = ["asyncOperationId", "async_operation_id"];
const MTLS_AUTH: [&str; 2] = ["mtlsAuth", "mtls_auth"];
const BUNDLE: [&str; 2] = ["acceptedClientCa", "accepted_client_ca"];
const DEPRECATED_BUNDLE: [&str; 2] = ["acceptedClientCaDeprecated", "accepted_client_ca_deprecated"];
const FILTERS: [&str; 2] = ["certificateFilters", "certificate_filters"];
const ENABLED: [&str; 2] = ["enabled", ""];

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
