//! A Secret of type `kubernetes.io/tls`, as YAML: its keys are `tls.crt` and `tls.key`, which workers, the worker controller and the proxy
//! all expect. There is no `ca.crt` in it on purpose: readers take that for the CA of the *server*.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::ExportError;
use super::json_string;

/// What a Secret is made of.
#[derive(Clone, Copy)]
pub struct SecretManifest<'a> {
    /// The name of the Secret.
    pub name: &'a str,
    /// The Kubernetes namespace; `None` for the one that `kubectl` is set to.
    pub namespace: Option<&'a str>,
    /// Annotations, such as when the certificate ends; sorted by the caller.
    pub annotations: &'a [(&'a str, &'a str)],
    /// The certificate with its intermediates, as PEM.
    pub certificate_pem: &'a [u8],
    /// The key, as PEM.
    pub key_pem: &'a [u8],
}

/// The manifest as YAML.
///
/// # Errors
/// When a name is none in Kubernetes.
pub fn kubernetes_secret(secret: &SecretManifest<'_>) -> Result<Zeroizing<String>, ExportError> {
    if !is_subdomain(secret.name) {
        return Err(ExportError::value(
            "name of the Secret",
            "is not up to 253 small letters, digits, `-` and `.`",
        ));
    }
    if secret
        .namespace
        .is_some_and(|namespace| !is_subdomain(namespace) || namespace.contains('.') || namespace.len() > 63)
    {
        return Err(ExportError::value(
            "Kubernetes namespace",
            "is not up to 63 small letters, digits and `-`",
        ));
    }
    let certificate = STANDARD.encode(secret.certificate_pem);
    let key = Zeroizing::new(STANDARD.encode(secret.key_pem));
    // Long enough from the start: growing would leave copies of the key behind.
    let mut text = Zeroizing::new(String::with_capacity(
        certificate.len().saturating_add(key.len()).saturating_add(SPACE_FOR_THE_REST),
    ));
    text.push_str("apiVersion: v1\nkind: Secret\nmetadata:\n  name: ");
    text.push_str(&json_string(secret.name));
    if let Some(namespace) = secret.namespace {
        text.push_str("\n  namespace: ");
        text.push_str(&json_string(namespace));
    }
    if !secret.annotations.is_empty() {
        text.push_str("\n  annotations:");
        for (name, value) in secret.annotations {
            text.push_str(&format!("\n    {}: {}", json_string(name), json_string(value)));
        }
    }
    text.push_str("\ntype: kubernetes.io/tls\ndata:\n  tls.crt: ");
    text.push_str(&certificate);
    text.push_str("\n  tls.key: ");
    text.push_str(&key);
    text.push('\n');
    Ok(text)
}

/// A name as Kubernetes takes it: labels of small letters, digits and `-`, joined by dots.
fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let edge =
            |edge: Option<char>| edge.is_some_and(|edge| edge.is_ascii_lowercase() || edge.is_ascii_digit());
        edge(label.chars().next())
            && edge(label.chars().next_back())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Names, annotations and the words of the form.
const SPACE_FOR_THE_REST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str) -> SecretManifest<'_> {
        SecretManifest {
            name,
            namespace: Some("workers"),
            annotations: &[("mtlsmith/not-after", "a \"b\"\n\u{85}c")],
            certificate_pem: b"certificate",
            key_pem: b"key",
        }
    }

    #[test]
    fn the_manifest_has_type_and_keys_that_everybody_expects() {
        let text = kubernetes_secret(&secret("temporal-cloud-mtls")).unwrap();
        let expected = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"temporal-cloud-mtls\"\n  namespace: \"workers\"\n  \
             annotations:\n    \"mtlsmith/not-after\": \"a \\\"b\\\"\\n\\u0085c\"\ntype: kubernetes.io/tls\ndata:\n  \
             tls.crt: Y2VydGlmaWNhdGU=\n  tls.key: a2V5\n";
        assert_eq!(text.as_str(), expected);
    }

    #[test]
    fn names_that_kubernetes_refuses_are_refused() {
        for name in ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a\nb", &"a".repeat(254)] {
            assert!(kubernetes_secret(&secret(name)).is_err(), "{name:?}");
        }
        assert!(kubernetes_secret(&secret(&"a".repeat(253))).is_ok());
    }
}
