//! Object identifiers by name, for the writers and for tests that add extensions of their own.

/// commonName, X.520.
pub const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
/// serialNumber (of a person or device), X.520.
pub const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];
/// countryName, X.520.
pub const COUNTRY: &[u64] = &[2, 5, 4, 6];
/// localityName, X.520.
pub const LOCALITY: &[u64] = &[2, 5, 4, 7];
/// stateOrProvinceName, X.520.
pub const STATE: &[u64] = &[2, 5, 4, 8];
/// organizationName, X.520.
pub const ORGANIZATION: &[u64] = &[2, 5, 4, 10];
/// organizationalUnitName, X.520.
pub const ORGANIZATIONAL_UNIT: &[u64] = &[2, 5, 4, 11];
/// domainComponent, RFC 4519.
pub const DOMAIN_COMPONENT: &[u64] = &[0, 9, 2342, 19200300, 100, 1, 25];
/// uid, RFC 4519.
pub const USER_ID: &[u64] = &[0, 9, 2342, 19200300, 100, 1, 1];
/// emailAddress, PKCS #9.
pub const EMAIL_ADDRESS: &[u64] = &[1, 2, 840, 113549, 1, 9, 1];

/// subjectKeyIdentifier.
pub const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
/// keyUsage.
pub const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
/// subjectAltName.
pub const SUBJECT_ALTERNATIVE_NAME: &[u64] = &[2, 5, 29, 17];
/// issuerAltName.
pub const ISSUER_ALTERNATIVE_NAME: &[u64] = &[2, 5, 29, 18];
/// basicConstraints.
pub const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
/// nameConstraints.
pub const NAME_CONSTRAINTS: &[u64] = &[2, 5, 29, 30];
/// cRLDistributionPoints.
pub const CRL_DISTRIBUTION_POINTS: &[u64] = &[2, 5, 29, 31];
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];
/// policyMappings.
pub const POLICY_MAPPINGS: &[u64] = &[2, 5, 29, 33];
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 35];
/// policyConstraints.
pub const POLICY_CONSTRAINTS: &[u64] = &[2, 5, 29, 36];
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: &[u64] = &[2, 5, 29, 54];
/// authorityInfoAccess.
pub const AUTHORITY_INFO_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
/// An extension nobody knows (an arc for private use in examples).
pub const PRIVATE_EXTENSION: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1];

/// anyExtendedKeyUsage.
pub const ANY_EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37, 0];
/// id-kp-serverAuth.
pub const SERVER_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
/// id-kp-clientAuth.
pub const CLIENT_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];
/// id-kp-codeSigning.
pub const CODE_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 3];
/// id-ad-caIssuers.
pub const CA_ISSUERS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 2];
/// id-ad-ocsp.
pub const OCSP: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1];
/// anyPolicy.
pub const ANY_POLICY: &[u64] = &[2, 5, 29, 32, 0];

/// rsaEncryption.
pub const RSA_ENCRYPTION: &[u64] = &[1, 2, 840, 113549, 1, 1, 1];
/// id-RSASSA-PSS.
pub const RSASSA_PSS: &[u64] = &[1, 2, 840, 113549, 1, 1, 10];
/// id-mgf1.
pub const MGF1: &[u64] = &[1, 2, 840, 113549, 1, 1, 8];
/// md5WithRSAEncryption.
pub const MD5_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 4];
/// sha1WithRSAEncryption.
pub const SHA1_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 5];
/// sha256WithRSAEncryption.
pub const SHA256_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 11];
/// sha384WithRSAEncryption.
pub const SHA384_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 12];
/// sha512WithRSAEncryption.
pub const SHA512_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 13];
/// id-ecPublicKey.
pub const EC_PUBLIC_KEY: &[u64] = &[1, 2, 840, 10045, 2, 1];
/// ecdsa-with-SHA1.
pub const ECDSA_WITH_SHA1: &[u64] = &[1, 2, 840, 10045, 4, 1];
/// ecdsa-with-SHA256.
pub const ECDSA_WITH_SHA256: &[u64] = &[1, 2, 840, 10045, 4, 3, 2];
/// ecdsa-with-SHA384.
pub const ECDSA_WITH_SHA384: &[u64] = &[1, 2, 840, 10045, 4, 3, 3];
/// ecdsa-with-SHA512.
pub const ECDSA_WITH_SHA512: &[u64] = &[1, 2, 840, 10045, 4, 3, 4];
/// id-Ed25519.
pub const ED25519: &[u64] = &[1, 3, 101, 112];
/// id-Ed448.
pub const ED448: &[u64] = &[1, 3, 101, 113];
/// id-X25519.
pub const X25519: &[u64] = &[1, 3, 101, 110];
/// id-dsa.
pub const DSA: &[u64] = &[1, 2, 840, 10040, 4, 1];
/// id-ml-dsa-65.
pub const ML_DSA_65: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 3, 18];
/// id-tc26-gost3410-2012-256.
pub const GOST_2012_256: &[u64] = &[1, 2, 643, 7, 1, 1, 1, 1];

/// secp224r1 (P-224).
pub const P224: &[u64] = &[1, 3, 132, 0, 33];
/// prime256v1 (P-256).
pub const P256: &[u64] = &[1, 2, 840, 10045, 3, 1, 7];
/// secp384r1 (P-384).
pub const P384: &[u64] = &[1, 3, 132, 0, 34];
/// secp521r1 (P-521).
pub const P521: &[u64] = &[1, 3, 132, 0, 35];
/// secp256k1.
pub const SECP256K1: &[u64] = &[1, 3, 132, 0, 10];
/// brainpoolP256r1.
pub const BRAINPOOL_P256R1: &[u64] = &[1, 3, 36, 3, 3, 2, 8, 1, 1, 7];

/// id-sha1.
pub const SHA1: &[u64] = &[1, 3, 14, 3, 2, 26];
/// id-sha256.
pub const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
/// id-sha384.
pub const SHA384: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 2];
/// id-sha512.
pub const SHA512: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 3];
