//! The environment that every SDK and the `temporal` program read, as a file for a shell, `docker --env-file`, dotenv or systemd.

use super::ExportError;

/// How a worker reaches its Namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection<'a> {
    /// Host and port, such as `orders.a1b2c.tmprl.cloud:7233`.
    pub address: &'a str,
    /// The full name of the Namespace, such as `orders.a1b2c`.
    pub namespace: &'a str,
    /// The path of the certificate.
    pub certificate_path: &'a str,
    /// The path of the key.
    pub key_path: &'a str,
    /// The name to ask the server for, when it is not the host of the address.
    pub server_name: Option<&'a str>,
}

impl<'a> Connection<'a> {
    /// The values with what they are.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            ("address", Some(self.address)),
            ("Namespace", Some(self.namespace)),
            ("certificate's path", Some(self.certificate_path)),
            ("key's path", Some(self.key_path)),
            ("server name", self.server_name),
        ]
        .into_iter()
        .filter_map(|(what, value)| Some((what, value?)))
    }
}

/// The file. No value is quoted, since the readers do not agree on quotes: what would need them is refused.
///
/// # Errors
/// When a value is empty, or has a character that some reader would take for something else.
pub fn environment(connection: &Connection<'_>) -> Result<String, ExportError> {
    for (what, value) in connection.values() {
        if value.is_empty() {
            return Err(ExportError::value(what, "is empty"));
        }
        if !value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte) || byte >= 0x80)
        {
            return Err(ExportError::value(
                what,
                "has a space, a quote or another character that the readers of such files do not agree about",
            ));
        }
    }
    let Connection { address, namespace, certificate_path, key_path, server_name } = connection;
    let mut text = format!(
        "TEMPORAL_ADDRESS={address}\nTEMPORAL_NAMESPACE={namespace}\nTEMPORAL_TLS=true\n\
         TEMPORAL_TLS_CLIENT_CERT_PATH={certificate_path}\nTEMPORAL_TLS_CLIENT_KEY_PATH={key_path}\n"
    );
    if let Some(name) = server_name {
        text.push_str(&format!("TEMPORAL_TLS_SERVER_NAME={name}\n"));
    }
    Ok(text)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const CONNECTION: Connection<'_> = Connection {
        address: "orders.a1b2c.tmprl.cloud:7233",
        namespace: "orders.a1b2c",
        certificate_path: "/etc/temporal/tls/tls.crt",
        key_path: "/etc/temporal/tls/tls.key",
        server_name: None,
    };

    #[test]
    fn the_names_are_those_of_the_sdks() {
        let text = environment(&Connection { server_name: Some("other.example"), ..CONNECTION }).unwrap();
        let expected = "TEMPORAL_ADDRESS=orders.a1b2c.tmprl.cloud:7233\nTEMPORAL_NAMESPACE=orders.a1b2c\nTEMPORAL_TLS=true\n\
             TEMPORAL_TLS_CLIENT_CERT_PATH=/etc/temporal/tls/tls.crt\nTEMPORAL_TLS_CLIENT_KEY_PATH=/etc/temporal/tls/tls.key\n\
             TEMPORAL_TLS_SERVER_NAME=other.example\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_a_shell_would_run_is_refused() {
        for path in
            ["", "/a b", "/a\nX=1", "$(id)", "`id`", "/a'b", "/a\"b", "/a\\b", "/a;b", "/a#b", "~/a", "/a&b"]
        {
            assert!(environment(&Connection { key_path: path, ..CONNECTION }).is_err(), "{path:?}");
        }
    }
}
