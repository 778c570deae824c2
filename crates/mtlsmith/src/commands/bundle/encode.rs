//! The canonical text in the shapes in which other tools take it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;

/// A shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Encoding {
    /// The PEM text itself
    #[default]
    Pem,
    /// Base64 of it in one line: tcld --ca-certificate, environment variables
    Base64,
    /// accepted_client_ca = "...": a Terraform attribute, also as a line of .tfvars
    Hcl,
    /// {"acceptedClientCa": "..."}: mtlsAuth of the Cloud Ops API and of temporal cloud namespace apply
    Json,
    /// A ConfigMap with the text under ca.crt
    K8s,
}

/// Writes canonical PEM text in a shape. `name` is the name of the Kubernetes object.
pub(super) fn encode(text: &str, encoding: Encoding, name: &str) -> String {
    let base64 = || STANDARD.encode(text);
    match encoding {
        Encoding::Pem => text.to_owned(),
        Encoding::Base64 => base64() + "\n",
        Encoding::Hcl => format!("accepted_client_ca = \"{}\"\n", base64()),
        Encoding::Json => format!("{{\"acceptedClientCa\": \"{}\"}}\n", base64()),
        Encoding::K8s => {
            let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  ca.crt: |\n{lines}")
        }
    }
}

/// The name of an object, as Kubernetes allows it (RFC 1123 subdomain): so it needs no quotes in YAML either, unless it is a number.
pub(super) fn object_name(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_name = text.len() <= 253 && text.split('.').all(label);
    if !is_name {
        return Err("a name has lower-case letters, digits, - and . as in temporal-client-ca".to_owned());
    }
    let has_letter = text.bytes().any(|byte| byte.is_ascii_lowercase() && byte != b'e');
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text);
    if has_letter && !is_word { Ok(text.to_owned()) } else { Ok(format!("\"{text}\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_holds_the_text() {
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let base64 = STANDARD.encode(text);
        for (encoding, expected) in [
            (Encoding::Pem, text.to_owned()),
            (Encoding::Base64, format!("{base64}\n")),
            (Encoding::Hcl, format!("accepted_client_ca = \"{base64}\"\n")),
            (Encoding::Json, format!("{{\"acceptedClientCa\": \"{base64}\"}}\n")),
        ] {
            assert_eq!(encode(text, encoding, "ca"), expected);
        }
        let object = encode(text, Encoding::K8s, "ca");
        assert!(object.ends_with(
            "  name: ca\ndata:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n"
        ));
    }

    #[test]
    fn names_are_those_of_kubernetes() {
        for name in ["temporal-client-ca", "a", "a.b-c.d1"] {
            assert_eq!(object_name(name), Ok(name.to_owned()));
        }
        for (name, quoted) in [("12", "\"12\""), ("1e3", "\"1e3\""), ("true", "\"true\"")] {
            assert_eq!(object_name(name), Ok(quoted.to_owned()));
        }
        for name in ["", "A", "a_b", "-a", "a-", "a..b", "a\nb", &"a".repeat(254)] {
            assert!(object_name(name).is_err(), "{name:?}");
        }
    }
}
