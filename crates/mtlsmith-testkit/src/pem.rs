//! Writes PEM as the official tools do: LF, 64 columns, a final newline. Tests damage the text themselves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::certificate::Certificate;

/// A PEM block with the given label.
pub fn pem_block(label: &str, der: &[u8]) -> String {
    pem_block_with_columns(label, der, 64)
}

/// A PEM block with another line length.
pub fn pem_block_with_columns(label: &str, der: &[u8], columns: usize) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = STANDARD.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(columns.min(rest.len()));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// The certificates as one PEM text, in the order given.
pub fn bundle(certificates: &[&Certificate]) -> String {
    certificates.iter().map(|certificate| certificate.pem()).collect()
}

/// Base64 in one line, as the command-line tools and the JSON API take a bundle.
pub fn base64_line(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_64_columns() {
        let text = pem_block("CERTIFICATE", &[0; 49]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0], "-----BEGIN CERTIFICATE-----");
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[2], "AA==");
        assert!(text.ends_with("-----END CERTIFICATE-----\n"));
    }
}
