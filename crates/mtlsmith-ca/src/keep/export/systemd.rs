//! A drop-in for a systemd service: the service manager reads key and certificate as root and hands them to the worker alone, so that the
//! files stay closed to everybody else.

use super::ExportError;
use super::environment::Connection;
use super::environment::environment;

/// The drop-in. It needs systemd 250 or newer.
///
/// # Errors
/// As [`environment`]; also for a path that is not absolute.
pub fn systemd_credentials(connection: &Connection<'_>) -> Result<String, ExportError> {
    environment(connection)?;
    for (what, path) in
        [("certificate's path", connection.certificate_path), ("key's path", connection.key_path)]
    {
        if !path.starts_with('/') {
            return Err(ExportError::value(what, "is not absolute"));
        }
        if path.contains(':') {
            return Err(ExportError::value(what, "has a colon, which separates things here"));
        }
    }
    // `%` begins a specifier; `%d` is the directory of the credentials.
    let literal = |text: &str| text.replace('%', "%%");
    let mut text = format!(
        "[Service]\nLoadCredential=tls.crt:{}\nLoadCredential=tls.key:{}\nEnvironment=TEMPORAL_ADDRESS={}\n\
         Environment=TEMPORAL_NAMESPACE={}\nEnvironment=TEMPORAL_TLS=true\n\
         Environment=TEMPORAL_TLS_CLIENT_CERT_PATH=%d/tls.crt\nEnvironment=TEMPORAL_TLS_CLIENT_KEY_PATH=%d/tls.key\n",
        literal(connection.certificate_path),
        literal(connection.key_path),
        literal(connection.address),
        literal(connection.namespace),
    );
    if let Some(name) = connection.server_name {
        text.push_str(&format!("Environment=TEMPORAL_TLS_SERVER_NAME={}\n", literal(name)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::environment::tests::CONNECTION;
    use super::*;

    #[test]
    fn the_worker_is_pointed_at_its_credentials_and_not_at_the_files() {
        let text = systemd_credentials(&CONNECTION).unwrap();
        assert!(text.contains("\nLoadCredential=tls.key:/etc/temporal/tls/tls.key\n"), "{text}");
        assert!(text.contains("\nEnvironment=TEMPORAL_TLS_CLIENT_KEY_PATH=%d/tls.key\n"), "{text}");
    }

    #[test]
    fn a_percent_sign_is_doubled_and_a_colon_refused() {
        let text = systemd_credentials(&Connection { key_path: "/a%b", ..CONNECTION }).unwrap();
        assert!(text.contains("tls.key:/a%%b\n"), "{text}");
        assert!(systemd_credentials(&Connection { key_path: "/a:b", ..CONNECTION }).is_err());
        assert!(systemd_credentials(&Connection { key_path: "a", ..CONNECTION }).is_err());
    }
}
