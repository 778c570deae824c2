//! Brings the bundle of a phase to the server, so that the record never runs ahead of it: what is about to be sent is on the disk
//! before, in the same step as the question what became of it; the server's own bundle alone moves the phase on.

use std::fmt;
use std::time::Duration;

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::time::Timestamp;

use super::CertificateId;
use super::Event;
use super::Phase;
use super::Record;
use super::Refusal;
use super::ResourceVersion;
use super::RolloverStore;
use super::apply;
use crate::keep::KeepError;
use crate::publish;
use crate::publish::BundlePublisher;
use crate::publish::Intent;
use crate::publish::IntentError;
use crate::publish::LiveNamespace;
use crate::publish::NamespaceName;
use crate::publish::Outcome;
use crate::publish::Publication;
use crate::publish::PublicationError;
use crate::publish::ReadError;
use crate::publish::Reason;
use crate::publish::Retry;

/// A rollover with all that is needed to go on with it.
pub struct Conductor<'a, 'h> {
    /// Where it is kept.
    pub store: &'a RolloverStore<'h>,
    /// What is kept.
    pub record: Record,
    /// Who reaches the server.
    pub publisher: &'a mut dyn BundlePublisher,
    /// The Namespace.
    pub namespace: NamespaceName,
    /// The time.
    pub now: Timestamp,
    /// Lets time pass before another try.
    pub wait: fn(Duration),
}

/// How far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The server shows what the phase asks for, and nothing that was sent can change that.
    Settled,
    /// A person has to make this change; then the server's bundle is to be shown.
    ByHand {
        /// The change.
        intent: Box<Intent>,
        /// What is live, as far as it is known.
        live: Box<LiveNamespace>,
    },
    /// The change is not live, or that is not known: the same command goes on.
    Open(Box<Outcome>),
    /// The server shows what the phase asks for, but an update that would undo it may still arrive until then.
    InFlight(Timestamp),
}

/// Why it cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConductError {
    /// The disk.
    Keep(KeepError),
    /// The rules of the road.
    Refused(Refusal),
    /// What is live cannot be told.
    Unread(ReadError),
    /// The bundle of this phase is none.
    NoBundle(IntentError),
    /// A certificate of the bundle of this phase was never seen.
    Unknown(CertificateId),
}

/// Takes note of events in one step, on the disk too.
///
/// # Errors
/// [`ConductError::Refused`], [`ConductError::Keep`]; all of them are noted or none.
pub fn note_all(
    store: &RolloverStore<'_>,
    record: &mut Record,
    events: &[Event],
    now: Timestamp,
) -> Result<(), ConductError> {
    let mut rollover = record.rollover.clone();
    for event in events {
        rollover = apply(&rollover, event, now).map_err(ConductError::Refused)?;
    }
    if rollover == record.rollover {
        return Ok(());
    }
    let next = Record { rollover, ..record.clone() };
    store.save(&next).map_err(ConductError::Keep)?;
    *record = next;
    Ok(())
}

impl Conductor<'_, '_> {
    /// Takes note of an event, on the disk too.
    ///
    /// # Errors
    /// [`ConductError::Refused`], [`ConductError::Keep`]; everything is as before then.
    pub fn note(&mut self, event: &Event) -> Result<(), ConductError> {
        self.note_all(std::slice::from_ref(event))
    }

    /// Takes note of events in one step.
    ///
    /// # Errors
    /// As [`Conductor::note`]; all of them are noted or none.
    pub fn note_all(&mut self, events: &[Event]) -> Result<(), ConductError> {
        note_all(self.store, &mut self.record, events, self.now)
    }

    /// Finds out what became of an update that is in doubt. `Some` when that is still not known.
    ///
    /// # Errors
    /// [`ConductError::Keep`].
    pub fn resolve(&mut self) -> Result<Option<Outcome>, ConductError> {
        if let Some(Publication::InDoubt(intent)) = self.record.publication.clone() {
            let (store, record) = (self.store, &mut self.record);
            let outcome = publish::resume(self.publisher, &intent, |publication| {
                let next = Record { publication: Some(publication.clone()), ..record.clone() };
                store.save(&next)?;
                *record = next;
                Ok(())
            });
            let outcome = self.recorded(outcome)?;
            if matches!(outcome, Outcome::Unknown { .. }) {
                return Ok(Some(outcome));
            }
            self.settle(&intent, &outcome)?;
        }
        if self.record.in_flight_until.is_some_and(|until| until < self.now) {
            let settled =
                |request: &super::OpenRequest| Event::RequestsSettled { version: request.version.clone() };
            let events: Vec<Event> = self.record.rollover.open_requests.iter().map(settled).collect();
            self.record.in_flight_until = None;
            self.note_all(&events)?;
        }
        Ok(None)
    }

    /// Looks at what is live and takes note of it. [`Err`] of the inner result: the last update is still in doubt.
    ///
    /// # Errors
    /// [`ConductError::Unread`], [`ConductError::Keep`].
    pub fn look(&mut self) -> Result<Result<LiveNamespace, Outcome>, ConductError> {
        if let Some(unknown) = self.resolve()? {
            return Ok(Err(unknown));
        }
        let live = self.publisher.read(&self.namespace).map_err(ConductError::Unread)?;
        let bundle = Bundle::read(&live.bundle);
        let mut known = self.record.clone();
        known.learn(&bundle);
        self.record.certificates = known.certificates;
        let ids: Vec<CertificateId> = bundle.certificates().map(CertificateId::of).collect();
        let version = live.resource_version.as_ref().map(joined);
        self.note(&Event::BundleSeen { bundle: ids, version })?;
        if self.record.rollover.open_requests.is_empty() {
            self.record.in_flight_until = None;
        }
        self.keep_bundle()?;
        Ok(Ok(live))
    }

    /// Brings the bundle of this phase to the server, as far as that can be done now.
    ///
    /// # Errors
    /// [`ConductError`]; what was noted holds, and the same call goes on.
    pub fn advance(&mut self) -> Result<Standing, ConductError> {
        let mut last = None;
        for _ in 0..TRIES {
            let live = match self.look() {
                Ok(Ok(live)) => live,
                Ok(Err(unknown)) => return Ok(self.in_doubt(unknown)),
                Err(ConductError::Unread(ReadError::NoReader)) => self.last_seen()?,
                Err(other) => return Err(other),
            };
            if !self.record.rollover.phase.is_publishing() {
                return Ok(Standing::Settled);
            }
            let lags = |version| self.record.rollover.is_passed(&joined(version));
            if live.resource_version.as_ref().is_some_and(lags) {
                (self.wait)(LAG);
                continue;
            }
            let ids: Vec<CertificateId> =
                Bundle::read(&live.bundle).certificates().map(CertificateId::of).collect();
            if self.record.rollover.is_satisfied_by(&ids, self.now)
                && let Some(until) = self.record.in_flight_until
            {
                return Ok(Standing::InFlight(until));
            }
            let (intent, outcome) = self.send(&live)?;
            match outcome {
                Outcome::Published { .. } => {}
                Outcome::NotPublished { reason: Reason::ByHand, .. } => {
                    return Ok(Standing::ByHand { intent: Box::new(intent), live: Box::new(live) });
                }
                Outcome::NotPublished { retry: Retry::Never, .. } => {
                    return Ok(Standing::Open(Box::new(outcome)));
                }
                Outcome::NotPublished { retry, .. } => {
                    if let Retry::After(pause) | Retry::NextAttempt(pause) = retry {
                        (self.wait)(pause.min(LONGEST_WAIT));
                    }
                    last = Some(outcome);
                }
                Outcome::Unknown { .. } => return Ok(self.in_doubt(outcome)),
            }
        }
        let claimed = Outcome::Unknown { doubt: publish::Doubt::NotVisibleYet };
        Ok(Standing::Open(Box::new(last.unwrap_or(claimed))))
    }

    /// Takes note that an update goes out, together with the doubt about it, and sends it.
    fn send(&mut self, live: &LiveNamespace) -> Result<(Intent, Outcome), ConductError> {
        let target = self.record.rollover.target(self.now);
        let missing = target.iter().find(|id| self.record.certificate(**id).is_none()).copied();
        if let Some(id) = missing {
            return Err(ConductError::Unknown(id));
        }
        let text = self.record.text_of(&target).unwrap_or_default();
        let intent = Intent::new(live, text.as_bytes(), None).map_err(ConductError::NoBundle)?;
        let last = self.record.publication.clone();
        let intent = match &last {
            Some(last @ Publication::NotPublished { .. }) => intent.following(last.intent()),
            _ => intent,
        };
        let version = live.resource_version.as_ref().map_or_else(unnamed, joined);
        let sent = apply(&self.record.rollover, &Event::RequestSent { version }, self.now);
        let sent = sent.map_err(ConductError::Refused)?;
        self.narrow_bundle(&target)?;
        let (store, record) = (self.store, &mut self.record);
        let outcome = publish::publish(self.publisher, last.as_ref(), &intent, |publication| {
            let mut next = Record { publication: Some(publication.clone()), ..record.clone() };
            if matches!(publication, Publication::InDoubt(_)) {
                next.rollover = sent.clone();
            }
            store.save(&next)?;
            *record = next;
            Ok(())
        });
        let outcome = self.recorded(outcome)?;
        self.settle(&intent, &outcome)?;
        Ok((intent, outcome))
    }

    /// What an answer means for the updates that may still be carried out. One that never seemed to arrive may be on its way, and so
    /// may any other that names the same version.
    fn settle(&mut self, intent: &Intent, outcome: &Outcome) -> Result<(), ConductError> {
        let Outcome::NotPublished { reason, .. } = outcome else { return Ok(()) };
        if matches!(reason, Reason::NeverArrived) {
            let until = self.now.plus(IN_FLIGHT);
            let next = Record {
                in_flight_until: self.record.in_flight_until.max(Some(until)),
                ..self.record.clone()
            };
            self.store.save(&next).map_err(ConductError::Keep)?;
            self.record = next;
            return Ok(());
        }
        if self.record.in_flight_until.is_some() {
            return Ok(());
        }
        let version = intent.based_on().map_or_else(unnamed, joined);
        self.note(&Event::RequestsSettled { version })
    }

    fn recorded(
        &self,
        outcome: Result<Outcome, PublicationError<KeepError>>,
    ) -> Result<Outcome, ConductError> {
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(PublicationError::NotRecorded(error) | PublicationError::AnswerNotRecorded { error, .. }) => {
                Err(ConductError::Keep(error))
            }
            // The doubt was looked into before.
            Err(PublicationError::InDoubt(_)) => {
                Ok(Outcome::Unknown { doubt: publish::Doubt::NotVisibleYet })
            }
        }
    }

    /// An update in doubt is one for a person when nobody here can look.
    fn in_doubt(&self, outcome: Outcome) -> Standing {
        let no_reader =
            matches!(&outcome, Outcome::Unknown { doubt: publish::Doubt::CannotRead(ReadError::NoReader) });
        match (&self.record.publication, self.last_seen()) {
            (Some(Publication::InDoubt(intent)), Ok(live)) if no_reader => {
                Standing::ByHand { intent: Box::new(intent.clone()), live: Box::new(live) }
            }
            _ => Standing::Open(Box::new(outcome)),
        }
    }

    /// What was live when somebody last looked.
    fn last_seen(&self) -> Result<LiveNamespace, ConductError> {
        let ids = &self.record.rollover.live;
        let text = self.record.text_of(ids);
        let text = text.ok_or_else(|| match ids.first() {
            Some(id) => ConductError::Unknown(*id),
            None => ConductError::Unread(ReadError::NoReader),
        })?;
        Ok(LiveNamespace {
            namespace: self.namespace.clone(),
            resource_version: None,
            bundle: text.into_bytes(),
            filters: None,
            mtls_enabled: None,
        })
    }

    /// Keeps the bundle by which new certificates are judged at what is live, without what is about to go.
    fn keep_bundle(&self) -> Result<(), ConductError> {
        let rollover = &self.record.rollover;
        let target = rollover.target(self.now);
        let shared: Vec<CertificateId> = match rollover.phase {
            Phase::Planned | Phase::NewMinted => rollover.live.clone(),
            _ => rollover.live.iter().filter(|id| target.contains(id)).copied().collect(),
        };
        match self.record.text_of(&shared).filter(|text| !text.is_empty()) {
            Some(text) => self.store.write_bundle(&text).map_err(ConductError::Keep),
            None => Ok(()),
        }
    }

    /// Before an update goes out: nothing is minted any more for what it takes away.
    fn narrow_bundle(&self, target: &[CertificateId]) -> Result<(), ConductError> {
        let live = &self.record.rollover.live;
        let shared: Vec<CertificateId> = live.iter().filter(|id| target.contains(id)).copied().collect();
        match self.record.text_of(&shared).filter(|text| !text.is_empty()) {
            Some(text) => self.store.write_bundle(&text).map_err(ConductError::Keep),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Conductor<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conductor").field("record", &self.record).finish_non_exhaustive()
    }
}

impl From<&publish::ResourceVersion> for ResourceVersion {
    fn from(version: &publish::ResourceVersion) -> Self {
        ResourceVersion(version.as_str().to_owned())
    }
}

fn joined(version: &publish::ResourceVersion) -> ResourceVersion {
    version.into()
}

/// The version of tools that name none.
fn unnamed() -> ResourceVersion {
    ResourceVersion(String::new())
}

impl fmt::Display for ConductError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConductError::Keep(error) => error.fmt(f),
            ConductError::Refused(refusal) => refusal.fmt(f),
            ConductError::Unread(error) => write!(f, "what is live cannot be told: {error}"),
            ConductError::NoBundle(error) => error.fmt(f),
            ConductError::Unknown(id) => {
                write!(f, "the certificate {id} belongs to the bundle, and nobody here has ever seen it")
            }
        }
    }
}

impl std::error::Error for ConductError {}

/// How often a change is tried in one command.
const TRIES: usize = 4;

/// How long to wait for a replica that lags.
const LAG: Duration = Duration::from_secs(1);

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Seconds for which an update that was sent and never seemed to arrive may be on its way: longer than any connection is kept.
const IN_FLIGHT: i64 = 600;
