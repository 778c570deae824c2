//! Any bytes as one certificate: whatever can be read can be shown.
#![no_main]

use mtlsmith_validate::certificate::Certificate;

libfuzzer_sys::fuzz_target!(|der: &[u8]| {
    if let Ok((certificate, trailing)) = Certificate::read(der) {
        assert_eq!(certificate.der().len() + trailing, der.len());
        let _ = (certificate.subject().to_string(), certificate.issuer().canonical(), certificate.key().to_string());
        assert!(certificate.subject_alternative_names().count() <= der.len());
    }
});
