//! Placeholder for the comparison with OpenSSL.
