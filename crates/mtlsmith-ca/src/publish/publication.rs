//! The record of a publication: written before anything is sent and after the answer is known, so that a crash in between is noticed.

use std::fmt;

use serde_json::Value;
use serde_json::json;

use super::BundlePublisher;
use super::Intent;
use super::Outcome;
use super::Proof;
use super::ResourceVersion;
use super::text;

/// Where the last publication of a Namespace stands, as far as we can prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// It may have been sent. Stands in the record from before the first byte until the answer is certain.
    InDoubt(Intent),
    /// It is live.
    Published {
        /// What is live.
        intent: Intent,
        /// The version that it became.
        resource_version: Option<ResourceVersion>,
        /// How that is known.
        proof: Proof,
    },
    /// It is not live.
    NotPublished {
        /// What was wanted.
        intent: Intent,
        /// Why it is not so.
        reason: String,
    },
}

/// Publishes an intent: records it, sends it, records what became of it. `last` is what the record says so far.
///
/// # Errors
/// [`PublicationError::InDoubt`] when the record leaves a question open ([`resume`] first); nothing was sent then, as with
/// [`PublicationError::NotRecorded`]. [`PublicationError::AnswerNotRecorded`] when the answer could not be written: the record keeps
/// the intent in doubt, so [`resume`] finds the answer again.
pub fn publish<Failure>(
    publisher: &mut dyn BundlePublisher,
    last: Option<&Publication>,
    intent: &Intent,
    mut record: impl FnMut(&Publication) -> Result<(), Failure>,
) -> Result<Outcome, PublicationError<Failure>> {
    if let Some(Publication::InDoubt(open)) = last {
        return Err(PublicationError::InDoubt(Box::new(open.clone())));
    }
    record(&Publication::InDoubt(intent.clone())).map_err(PublicationError::NotRecorded)?;
    let outcome = publisher.publish(intent);
    settle(intent, outcome, record)
}

/// Answers the question that the record leaves open, by reading alone.
///
/// # Errors
/// [`PublicationError::AnswerNotRecorded`].
pub fn resume<Failure>(
    publisher: &mut dyn BundlePublisher,
    intent: &Intent,
    record: impl FnMut(&Publication) -> Result<(), Failure>,
) -> Result<Outcome, PublicationError<Failure>> {
    let outcome = publisher.resolve(intent);
    settle(intent, outcome, record)
}

fn settle<Failure>(
    intent: &Intent,
    outcome: Outcome,
    mut record: impl FnMut(&Publication) -> Result<(), Failure>,
) -> Result<Outcome, PublicationError<Failure>> {
    let publication = Publication::after(intent, &outcome);
    match record(&publication) {
        Ok(()) => Ok(outcome),
        Err(error) => Err(PublicationError::AnswerNotRecorded { outcome: Box::new(outcome), error }),
    }
}

impl Publication {
    /// What to record when an intent had this outcome.
    pub fn after(intent: &Intent, outcome: &Outcome) -> Self {
        let intent = intent.clone();
        match outcome {
            Outcome::Unknown { .. } => Publication::InDoubt(intent),
            Outcome::Published { resource_version, proof } => {
                Publication::Published { intent, resource_version: resource_version.clone(), proof: *proof }
            }
            Outcome::NotPublished { reason, .. } => Publication::NotPublished {
                intent,
                reason: text::defused(&reason.to_string(), LONGEST_REASON),
            },
        }
    }

    /// The intent that it is about.
    pub fn intent(&self) -> &Intent {
        match self {
            Publication::InDoubt(intent)
            | Publication::Published { intent, .. }
            | Publication::NotPublished { intent, .. } => intent,
        }
    }

    /// As a line of JSON.
    pub fn to_json(&self) -> String {
        let intent = self.intent().to_json();
        match self {
            Publication::InDoubt(_) => json!({"state": "in-doubt", "intent": intent}),
            Publication::Published { resource_version, proof, .. } => json!({
                "state": "published",
                "intent": intent,
                "resourceVersion": resource_version.as_ref().map(ResourceVersion::as_str),
                "proof": proof.as_str(),
            }),
            Publication::NotPublished { reason, .. } => {
                json!({"state": "not-published", "intent": intent, "reason": reason})
            }
        }
        .to_string()
    }

    /// From a line of JSON; `None` when it is not what [`Publication::to_json`] writes.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let field = |name: &str| value.get(name)?.as_str();
        let intent = Intent::from_json(field("intent")?)?;
        let publication = match field("state")? {
            "in-doubt" => Publication::InDoubt(intent),
            "published" => Publication::Published {
                intent,
                resource_version: field("resourceVersion").map(ResourceVersion::new),
                proof: Proof::ALL.into_iter().find(|proof| Some(proof.as_str()) == field("proof"))?,
            },
            "not-published" => Publication::NotPublished { intent, reason: field("reason")?.to_owned() },
            _ => return None,
        };
        serde_json::from_str::<Value>(&publication.to_json())
            .is_ok_and(|own| own == value)
            .then_some(publication)
    }
}

impl Proof {
    const ALL: [Proof; 3] = [Proof::ReadBack, Proof::BundleReadBack, Proof::Claimed];

    /// The word in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Proof::ReadBack => "read-back",
            Proof::BundleReadBack => "bundle-read-back",
            Proof::Claimed => "claimed",
        }
    }
}

/// Why there is no outcome, or none that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicationError<Failure> {
    /// The record leaves open what became of this intent. Nothing was sent.
    InDoubt(Box<Intent>),
    /// The intent could not be recorded. Nothing was sent.
    NotRecorded(Failure),
    /// The answer is known and could not be recorded.
    AnswerNotRecorded {
        /// The answer.
        outcome: Box<Outcome>,
        /// Why it could not be recorded.
        error: Failure,
    },
}

impl<Failure: fmt::Display> fmt::Display for PublicationError<Failure> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicationError::InDoubt(intent) => write!(
                f,
                "it is not known yet what became of the last change of {} (operation {})",
                intent.namespace(),
                intent.operation()
            ),
            PublicationError::NotRecorded(error) => {
                write!(f, "nothing was sent, since the intent could not be recorded: {error}")
            }
            PublicationError::AnswerNotRecorded { outcome, error } => {
                write!(f, "{outcome}; this could not be recorded: {error}")
            }
        }
    }
}

impl<Failure: std::error::Error + 'static> std::error::Error for PublicationError<Failure> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PublicationError::InDoubt(_) => None,
            PublicationError::NotRecorded(error) | PublicationError::AnswerNotRecorded { error, .. } => {
                Some(error)
            }
        }
    }
}

/// A server lists at most two faults for each of 16 members.
const LONGEST_REASON: usize = 8_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mtlsmith_testkit as testkit;

    use super::super::LiveNamespace;
    use super::super::NamespaceName;
    use super::super::ReadError;
    use super::super::Reason;
    use super::super::Retry;
    use super::*;

    /// Answers as told and counts what it was asked.
    struct Told {
        outcome: Outcome,
        published: usize,
        resolved: usize,
    }

    impl BundlePublisher for Told {
        fn read(&mut self, _: &NamespaceName) -> Result<LiveNamespace, ReadError> {
            Err(ReadError::NoReader)
        }

        fn publish(&mut self, _: &Intent) -> Outcome {
            self.published += 1;
            self.outcome.clone()
        }

        fn resolve(&mut self, _: &Intent) -> Outcome {
            self.resolved += 1;
            self.outcome.clone()
        }
    }

    fn intent() -> Intent {
        let live = LiveNamespace {
            namespace: NamespaceName::new("orders.a1b2c").unwrap(),
            resource_version: Some(ResourceVersion::new("v1")),
            bundle: Vec::new(),
            filters: None,
            mtls_enabled: None,
        };
        Intent::new(&live, testkit::root("one").pem().as_bytes(), None).unwrap()
    }

    fn published() -> Outcome {
        Outcome::Published { resource_version: Some(ResourceVersion::new("v2")), proof: Proof::ReadBack }
    }

    fn told(outcome: Outcome) -> Told {
        Told { outcome, published: 0, resolved: 0 }
    }

    #[test]
    fn the_intent_is_recorded_before_anything_is_sent_and_the_answer_after() {
        let mut records = Vec::new();
        let outcome = publish::<()>(&mut told(published()), None, &intent(), |publication| {
            records.push(publication.clone());
            Ok(())
        });
        assert_eq!(outcome, Ok(published()));
        assert_eq!(records, [Publication::InDoubt(intent()), Publication::after(&intent(), &published())]);
    }

    #[test]
    fn what_cannot_be_recorded_is_not_sent() {
        let mut publisher = told(published());
        let error = publish(&mut publisher, None, &intent(), |_| Err("disk full")).unwrap_err();
        assert_eq!((error, publisher.published), (PublicationError::NotRecorded("disk full"), 0));
    }

    #[test]
    fn an_answer_that_cannot_be_recorded_stays_in_doubt_and_is_found_again() {
        let mut record = None;
        let mut publisher = told(published());
        let error = publish(&mut publisher, None, &intent(), |publication| match publication {
            Publication::InDoubt(_) => {
                record = Some(publication.clone());
                Ok(())
            }
            _ => Err("disk full"),
        })
        .unwrap_err();
        assert!(matches!(error, PublicationError::AnswerNotRecorded { .. }));
        let again = publish::<()>(&mut publisher, record.as_ref(), &intent(), |_| Ok(()));
        assert_eq!(again, Err(PublicationError::InDoubt(Box::new(intent()))));
        assert_eq!(publisher.published, 1);
        let open = record.clone().unwrap();
        let outcome = resume::<()>(&mut publisher, open.intent(), |publication| {
            record = Some(publication.clone());
            Ok(())
        });
        assert_eq!((outcome, publisher.resolved), (Ok(published()), 1));
        assert_eq!(record, Some(Publication::after(&intent(), &published())));
    }

    #[test]
    fn every_record_is_read_as_it_was_written() {
        let refused = Outcome::NotPublished {
            reason: Reason::RateLimited,
            retry: Retry::After(Duration::from_secs(1)),
        };
        for outcome in [published(), refused, Outcome::Unknown { doubt: super::super::Doubt::StillRunning }] {
            let publication = Publication::after(&intent(), &outcome);
            assert_eq!(Publication::from_json(&publication.to_json()), Some(publication));
        }
        assert_eq!(Publication::from_json("{\"state\":\"published\"}"), None);
    }
}
