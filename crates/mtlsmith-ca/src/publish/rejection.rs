//! The server's refusal, decoded: which member of the bundle it is about.
//!
//! Temporal Cloud judges a bundle as a whole, so that one expired member blocks every change, the removal of another one included. Its
//! text names members by subject; this finds their numbers.

use std::fmt;

use mtlsmith_validate::bundle::Bundle;

use super::text;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The members that the server names, in its order.
    pub members: Vec<RejectedMember>,
    /// What it wrote, harmless to show.
    pub text: String,
}

/// A member of the bundle that the server refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedMember {
    /// Its subject, as the server writes it.
    pub subject: String,
    /// The numbers of the members of the bundle that fit, counted from 1; several when certificates share the subject.
    pub numbers: Vec<usize>,
    /// What is wrong with it.
    pub fault: MemberFault,
}

/// What the server has against a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberFault {
    /// It has expired.
    Expired {
        /// Since when, in the server's words.
        since: String,
    },
    /// No complete chain leads from it to a root.
    NoChain {
        /// Why, in the words of Go.
        why: String,
    },
}

impl Rejection {
    /// Decodes the text of a refusal of this bundle.
    pub fn decode(message: &str, bundle: &str) -> Self {
        let shown = text::defused(message, LONGEST_TEXT);
        let bundle = Bundle::read(bundle.as_bytes());
        let members = shown.lines().filter_map(|line| member(line, &bundle)).collect();
        Rejection { members, text: shown }
    }

    /// Is it about the certificates, so that sending the same again cannot help?
    pub fn names_members(&self) -> bool {
        !self.members.is_empty()
    }
}

fn member(line: &str, bundle: &Bundle) -> Option<RejectedMember> {
    expired(line, bundle).or_else(|| without_chain(line, bundle))
}

fn expired(line: &str, bundle: &Bundle) -> Option<RejectedMember> {
    let (_, rest) = line.split_once("certificate with subject '")?;
    let (subject, since) = rest.rsplit_once("' received is expired as of '")?;
    let since = since.trim_end().trim_end_matches('\'');
    let named = numbers(subject, bundle);
    let at_that_time = |number: &usize| {
        let certificate = bundle.certificate(number.saturating_sub(1));
        certificate.is_some_and(|certificate| {
            let not_after = certificate.not_after().to_string().replace('T', " ");
            since.starts_with(not_after.trim_end_matches('Z'))
        })
    };
    let exact: Vec<usize> = named.iter().copied().filter(at_that_time).collect();
    Some(RejectedMember {
        subject: subject.to_owned(),
        numbers: if exact.is_empty() { named } else { exact },
        fault: MemberFault::Expired { since: since.to_owned() },
    })
}

fn without_chain(line: &str, bundle: &Bundle) -> Option<RejectedMember> {
    let (_, rest) = line.split_once("unable to construct full certificate chain for cert with subject '")?;
    let (subject, why) = rest.split_once("'. Error: ")?;
    Some(RejectedMember {
        subject: subject.to_owned(),
        numbers: numbers(subject, bundle),
        fault: MemberFault::NoChain { why: why.to_owned() },
    })
}

fn numbers(subject: &str, bundle: &Bundle) -> Vec<usize> {
    let named = |member: &&mtlsmith_validate::bundle::Member| {
        member.certificate().is_some_and(|certificate| {
            text::defused(&certificate.subject().to_string(), LONGEST_TEXT) == subject
        })
    };
    bundle.members.iter().filter(named).map(|member| member.number()).collect()
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.members.is_empty() {
            return f.write_str(&self.text);
        }
        for (index, member) in self.members.iter().enumerate() {
            write!(f, "{}{member}", if index > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for RejectedMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.numbers.as_slice() {
            [] => write!(f, "a certificate that is not in this bundle ({})", self.subject)?,
            [one] => write!(f, "certificate {one} ({})", self.subject)?,
            several => {
                let list: Vec<String> = several.iter().map(ToString::to_string).collect();
                write!(f, "one of the certificates {} ({})", list.join(", "), self.subject)?;
            }
        }
        match &self.fault {
            MemberFault::Expired { since } => write!(f, " has expired on {since}"),
            MemberFault::NoChain { why } => write!(f, " has no complete chain to a root: {why}"),
        }
    }
}

/// Two faults for each of 16 members, each with a subject and a sentence.
const LONGEST_TEXT: usize = 8_000;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn an_expired_member_and_one_without_a_chain_are_found_by_their_subjects() {
        let good = testkit::root("good");
        let old = testkit::root_builder("it's old").not_after(testkit::NOW - testkit::days(1)).self_signed();
        let orphan = testkit::intermediate("orphan", &testkit::root("elsewhere"));
        let bundle = testkit::bundle(&[&good, &old, &orphan]);
        let since =
            mtlsmith_validate::time::Timestamp::from_unix(testkit::NOW - testkit::days(1)).to_string();
        let since = format!("{} +0000 UTC", since.replace('T', " ").trim_end_matches('Z'));
        let message = format!(
            "invalid ca certificate: 2 errors occurred:\n\t* certificate with subject 'CN=it's old,O=acme' received is \
             expired as of '{since}'\n\t* unable to construct full certificate chain for cert with subject \
             'CN=orphan,O=acme'. Error: x509: certificate signed by unknown authority\n\n"
        );
        let rejection = Rejection::decode(&message, &bundle);
        let numbers: Vec<&[usize]> =
            rejection.members.iter().map(|member| member.numbers.as_slice()).collect();
        assert_eq!(numbers, [&[2_usize][..], &[3]]);
        assert_eq!(
            rejection.to_string(),
            format!(
                "certificate 2 (CN=it's old,O=acme) has expired on {since}; certificate 3 (CN=orphan,O=acme) has no complete \
                 chain to a root: x509: certificate signed by unknown authority"
            )
        );
    }

    #[test]
    fn certificates_that_share_a_subject_are_told_apart_by_the_date_where_there_is_one() {
        let end = |days: i64| testkit::NOW - testkit::days(days);
        let old = |days: i64| testkit::root_builder("same").not_after(end(days)).self_signed();
        let bundle = testkit::bundle(&[&old(1), &old(2)]);
        let since = mtlsmith_validate::time::Timestamp::from_unix(end(2)).to_string().replace('T', " ");
        let line = format!(
            "certificate with subject 'CN=same,O=acme' received is expired as of '{}'",
            since.replace('Z', " +0000 UTC")
        );
        assert_eq!(Rejection::decode(&line, &bundle).members[0].numbers, [2]);
        let line = "certificate with subject 'CN=same,O=acme' received is expired as of 'long ago'";
        assert_eq!(Rejection::decode(line, &bundle).members[0].numbers, [1, 2]);
        let line = "certificate with subject 'CN=other' received is expired as of 'long ago'";
        assert!(
            Rejection::decode(line, &bundle)
                .to_string()
                .starts_with("a certificate that is not in this bundle")
        );
    }

    #[test]
    fn an_unknown_text_is_shown_as_it_is_but_harmless() {
        let rejection = Rejection::decode("too many\x1b[2J certificates", "");
        assert!(!rejection.names_members());
        assert_eq!(rejection.to_string(), "too many\u{fffd}[2J certificates");
    }
}
