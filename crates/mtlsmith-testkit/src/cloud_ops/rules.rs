//! The judgement of a specification: a bundle as a whole, in the words that Temporal Cloud has been seen to write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::Certificate;

/// The PEM text in a specification.
pub(super) fn bundle_of(spec: &Value) -> String {
    let encoded = spec["mtlsAuth"]["acceptedClientCa"].as_str().unwrap_or_default();
    String::from_utf8(STANDARD.decode(encoded).unwrap_or_default()).unwrap_or_default()
}

/// Refuses expired members, members without a chain, more than 16 members and what is no bundle.
pub(super) fn check(spec: &Value, known: &[Certificate], now: i64) -> Result<(), String> {
    if spec["mtlsAuth"]["enabled"] == Value::Bool(true) && bundle_of(spec).is_empty() {
        return Err("an accepted client ca is required when mtls is enabled".to_owned());
    }
    let members = members(&bundle_of(spec), known)?;
    if members.len() > 16 {
        return Err(format!("too many ca certificates: {} (limit 16)", members.len()));
    }
    let mut errors = Vec::new();
    for member in members.iter().filter(|member| member.not_after < now) {
        let (subject, since) = (subject(member), go_time(member.not_after));
        errors.push(format!("certificate with subject '{subject}' received is expired as of '{since}'"));
    }
    for member in members.iter().filter(|member| member.not_after < now || !has_issuer(member, &members)) {
        let why = if member.not_after < now {
            "certificate has expired or is not yet valid"
        } else {
            "certificate signed by unknown authority"
        };
        let subject = subject(member);
        let start = format!("unable to construct full certificate chain for cert with subject '{subject}'");
        errors.push(format!("{start}. Error: x509: {why}"));
    }
    match errors.len() {
        0 => Ok(()),
        1 => Err(format!("invalid ca certificate: 1 error occurred:\n\t* {}\n\n", errors[0])),
        count => Err(format!(
            "invalid ca certificate: {count} errors occurred:\n\t* {}\n\n",
            errors.join("\n\t* ")
        )),
    }
}

fn members<'a>(bundle: &str, known: &'a [Certificate]) -> Result<Vec<&'a Certificate>, String> {
    let mut members = Vec::new();
    for block in bundle.split("-----BEGIN CERTIFICATE-----").skip(1) {
        let body: String = block.split("-----END").next().unwrap_or_default().split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| "malformed certificates".to_owned())?;
        let member = known.iter().find(|certificate| certificate.der == der);
        members.push(member.ok_or("malformed certificates")?);
    }
    Ok(members)
}

fn has_issuer(member: &Certificate, members: &[&Certificate]) -> bool {
    members.iter().any(|issuer| issuer.subject_der == member.issuer_der)
}

/// The subject as Go prints it: most specific attribute first. Names here have short values only.
fn subject(certificate: &Certificate) -> String {
    let mut rest = &certificate.subject_der[2..];
    let mut attributes = Vec::new();
    while let [0x31, length, set @ ..] = rest {
        let (set, next) = set.split_at(usize::from(*length));
        // SEQUENCE, its length, OID, its length, three bytes of 2.5.4.x, the string's tag and length, the string.
        let kind = match set[6] {
            3 => "CN",
            10 => "O",
            11 => "OU",
            other => panic!("the attribute 2.5.4.{other} has no name here"),
        };
        attributes.insert(0, format!("{kind}={}", String::from_utf8_lossy(&set[9..])));
        rest = next;
    }
    attributes.join(",")
}

/// A time as Go prints it, from days and seconds (Howard Hinnant's conversion of days to dates).
fn go_time(unix: i64) -> String {
    let (days, seconds) = (unix.div_euclid(86_400) + 719_468, unix.rem_euclid(86_400));
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} +0000 UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_names_are_written_as_go_writes_them() {
        assert_eq!(go_time(0), "1970-01-01 00:00:00 +0000 UTC");
        assert_eq!(go_time(1_733_213_205), "2024-12-03 08:06:45 +0000 UTC");
        assert_eq!(go_time(1_709_164_800), "2024-02-29 00:00:00 +0000 UTC");
        assert_eq!(subject(&crate::root("some ca")), "CN=some ca,O=acme");
    }
}
