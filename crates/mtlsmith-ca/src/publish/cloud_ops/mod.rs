//! Publishes through the HTTP form of Temporal Cloud's Cloud Ops API.
//!
//! An update sends the whole specification of the Namespace as it was read, with two fields changed, the resource version it was read
//! at and an operation id that follows from the intent. That makes sending it twice harmless, and every answer that does not come can
//! be found again by reading. See the module above for the protocol.

mod api_key;
mod endpoint;
mod http;
mod patience;
mod wire;

use std::fmt;
use std::time::Duration;

use super::BundlePublisher;
use super::Doubt;
use super::Intent;
use super::LiveNamespace;
use super::NamespaceName;
use super::Outcome;
use super::Proof;
use super::ReadError;
use super::Reason;
use super::Rejection;
use super::Retry;
use super::outcome::USUAL_PAUSE;
use super::text;
pub use api_key::ApiKey;
pub use api_key::ApiKeySource;
pub use api_key::NotAnApiKey;
pub use endpoint::Endpoint;
pub use endpoint::NotAnEndpoint;
use http::Answer;
use http::Call;
use http::Failure;
use http::Http;
pub use patience::Clock;
pub use patience::Patience;
pub use patience::SystemClock;
use wire::Namespace;
use wire::Operation;
use wire::State;

/// The Cloud Ops API as a publisher.
pub struct CloudOps {
    http: Http,
    key: ApiKey,
    patience: Patience,
    clock: Box<dyn Clock>,
}

/// What came of sending a request several times.
struct Tried {
    last: Result<Answer, Failure>,
    /// May one of the tries have been received without our knowing what came of it?
    ambiguous: bool,
}

/// How an operation ended, or why that is not known.
enum Ended {
    Fulfilled,
    Failed(String),
    /// The server knows no operation of that id.
    Unheard,
    Running,
    Unreadable(ReadError),
}

impl CloudOps {
    /// A publisher. `more_roots` are certificates (DER) that may vouch for the server beside the public CAs.
    pub fn new(
        endpoint: Endpoint,
        key: ApiKey,
        patience: Patience,
        clock: Box<dyn Clock>,
        more_roots: &[Vec<u8>],
    ) -> Self {
        CloudOps { http: Http::new(endpoint, patience.request, more_roots), key, patience, clock }
    }

    fn deadline(&self) -> Duration {
        self.clock.elapsed().saturating_add(self.patience.whole)
    }

    /// Sends a request until there is an answer that asking again would not change.
    fn persist(&mut self, call: &Call, deadline: Duration) -> Tried {
        let mut ambiguous = false;
        let mut attempt = 0;
        loop {
            let last = self.http.send(call, &self.key);
            let asked_pause = match &last {
                Ok(answer) if answer.is_success() || answer.is_verdict() => return Tried { last, ambiguous },
                Ok(answer) => answer.retry_after,
                Err(_) => None,
            };
            ambiguous |= match &last {
                Ok(answer) => !answer.is_rate_limit(),
                Err(Failure::NotSent(_)) => false,
                Err(Failure::NoAnswer(_)) => true,
            };
            let pause = self.patience.pause(attempt, &call.path);
            let pause = pause.max(asked_pause.unwrap_or_default()).min(self.patience.longest_pause);
            attempt += 1;
            if attempt >= self.patience.tries || self.clock.elapsed().saturating_add(pause) > deadline {
                return Tried { last, ambiguous };
            }
            self.clock.wait(pause);
        }
    }

    fn namespace(&mut self, name: &NamespaceName, deadline: Duration) -> Result<Namespace, ReadError> {
        let call = Call { path: format!("/cloud/namespaces/{name}"), body: None };
        let answer = match self.persist(&call, deadline).last {
            Ok(answer) if answer.is_success() => answer,
            other => return Err(self.unread(other)),
        };
        Namespace::read(&answer.body, name).map_err(|what| ReadError::Unintelligible(self.shown(&what)))
    }

    /// Asks for an operation until it has ended. `accepted`: did the server say that it has taken it on?
    fn follow(&mut self, id: &str, accepted: Accepted, deadline: Duration) -> Ended {
        let call = Call { path: format!("/cloud/operations/{id}"), body: None };
        let mut attempt = 0;
        loop {
            let check_after = match self.persist(&call, deadline).last {
                Ok(answer) if answer.is_success() => match Operation::read(&answer.body) {
                    Some(Operation { state: State::Fulfilled, .. }) => return Ended::Fulfilled,
                    Some(Operation { state: State::Ended(reason), .. }) => return Ended::Failed(reason),
                    Some(Operation { state: State::Running, check_after, .. }) => check_after,
                    None => None,
                },
                Ok(answer) if answer.is_not_found() && matches!(accepted, Accepted::NotThatWeKnow) => {
                    return Ended::Unheard;
                }
                Ok(answer) if answer.is_not_found() => None,
                other => return Ended::Unreadable(self.unread(other)),
            };
            let pause = check_after.unwrap_or_default().max(self.patience.pause(attempt, id));
            attempt += 1;
            let pause = pause.min(self.patience.longest_pause);
            if self.clock.elapsed().saturating_add(pause) > deadline {
                return Ended::Running;
            }
            self.clock.wait(pause);
        }
    }

    /// Reads what is live and says what became of the intent.
    fn confirm(&mut self, intent: &Intent, ended: &Ended, deadline: Duration) -> Outcome {
        for attempt in 0.. {
            let live = match self.namespace(intent.namespace(), deadline) {
                Ok(namespace) => namespace.live,
                Err(error) => return Outcome::Unknown { doubt: Doubt::CannotRead(error) },
            };
            if live.holds(intent) {
                return Outcome::Published {
                    resource_version: live.resource_version,
                    proof: Proof::ReadBack,
                };
            }
            let is_lagging = matches!(ended, Ended::Fulfilled) && !has_moved(&live, intent);
            let pause = self.patience.pause(attempt, intent.operation().as_str());
            let has_time = self.clock.elapsed().saturating_add(pause) <= deadline;
            if !is_lagging || attempt + 1 >= self.patience.tries || !has_time {
                return self.not_live(intent, live, ended);
            }
            self.clock.wait(pause);
        }
        Outcome::Unknown { doubt: Doubt::NotVisibleYet }
    }

    /// What it means that the intent is not live.
    fn not_live(&self, intent: &Intent, live: LiveNamespace, ended: &Ended) -> Outcome {
        let moved = has_moved(&live, intent);
        let (reason, retry) = match ended {
            Ended::Running => return Outcome::Unknown { doubt: Doubt::StillRunning },
            Ended::Unreadable(error) => return Outcome::Unknown { doubt: Doubt::CannotRead(error.clone()) },
            Ended::Fulfilled if !moved => return Outcome::Unknown { doubt: Doubt::NotVisibleYet },
            Ended::Failed(why) => {
                let rejection = Rejection::decode(&self.key.masked(why), intent.bundle());
                let retry = match (rejection.names_members(), moved) {
                    (true, _) => Retry::Never,
                    (false, true) => Retry::FreshIntent,
                    (false, false) => Retry::NextAttempt(USUAL_PAUSE),
                };
                (Reason::OperationFailed(rejection), retry)
            }
            Ended::Unheard if !moved => (Reason::NeverArrived, Retry::After(USUAL_PAUSE)),
            Ended::Fulfilled | Ended::Unheard => {
                (Reason::Conflict { found: live.resource_version }, Retry::FreshIntent)
            }
        };
        Outcome::NotPublished { reason, retry }
    }

    /// What a clear "no" to the update means. The reading decides between a conflict and a fault of what was sent.
    fn refused(&mut self, intent: &Intent, answer: &Answer, deadline: Duration) -> Outcome {
        let message = self.shown(&wire::message(&answer.body));
        if answer.is_denied() {
            return Outcome::NotPublished { reason: Reason::Denied(message), retry: Retry::Never };
        }
        let live = self.namespace(intent.namespace(), deadline).map(|namespace| namespace.live);
        if let Ok(live) = &live
            && live.holds(intent)
        {
            let resource_version = live.resource_version.clone();
            return Outcome::Published { resource_version, proof: Proof::ReadBack };
        }
        let moved = live.as_ref().is_ok_and(|live| has_moved(live, intent));
        if moved || (live.is_err() && answer.is_conflict()) {
            let found = live.ok().and_then(|live| live.resource_version);
            return Outcome::NotPublished { reason: Reason::Conflict { found }, retry: Retry::FreshIntent };
        }
        // The version fits and the server speaks of a conflict: another operation is under way.
        let retry = if answer.is_conflict() { Retry::After(USUAL_PAUSE) } else { Retry::Never };
        let rejection = Rejection::decode(&message, intent.bundle());
        Outcome::NotPublished { reason: Reason::Rejected(rejection), retry }
    }

    /// Sends the update and follows it to its end.
    fn update(&mut self, intent: &Intent, body: String, deadline: Duration) -> Outcome {
        let call = Call { path: format!("/cloud/namespaces/{}", intent.namespace()), body: Some(body) };
        let tried = self.persist(&call, deadline);
        match tried.last {
            Ok(answer) if answer.is_success() => {
                let given = Operation::read(&answer.body).and_then(|operation| operation.id);
                let id =
                    given.filter(|id| is_path_segment(id)).unwrap_or_else(|| intent.operation().to_string());
                let ended = self.follow(&id, Accepted::Yes, deadline);
                self.confirm(intent, &ended, deadline)
            }
            _ if tried.ambiguous => self.find_out(intent, deadline),
            Ok(answer) if answer.is_rate_limit() => {
                let retry = Retry::After(answer.retry_after.unwrap_or(USUAL_PAUSE));
                Outcome::NotPublished { reason: Reason::RateLimited, retry }
            }
            Ok(answer) => self.refused(intent, &answer, deadline),
            Err(failure) => nothing_sent(self.unread(Err(failure))),
        }
    }

    fn find_out(&mut self, intent: &Intent, deadline: Duration) -> Outcome {
        let mut ended = self.follow(intent.operation().as_str(), Accepted::NotThatWeKnow, deadline);
        // A server that gives operations an id of its own would show ours here.
        if matches!(ended, Ended::Unheard)
            && let Ok(namespace) = self.namespace(intent.namespace(), deadline)
            && let Some(id) = namespace.operation.filter(|id| is_path_segment(id))
            && matches!(self.follow(&id, Accepted::NotThatWeKnow, deadline), Ended::Running)
        {
            ended = Ended::Running;
        }
        self.confirm(intent, &ended, deadline)
    }

    fn unread(&self, last: Result<Answer, Failure>) -> ReadError {
        match last {
            Err(Failure::NotSent(why) | Failure::NoAnswer(why)) => ReadError::NoAnswer(self.shown(&why)),
            Ok(answer) if answer.is_rate_limit() => ReadError::RateLimited { after: answer.retry_after },
            Ok(answer) if answer.is_denied() => ReadError::Denied(self.shown(&wire::message(&answer.body))),
            Ok(answer) if answer.is_not_found() => ReadError::NoSuchNamespace,
            Ok(answer) => {
                let message = self.shown(&wire::message(&answer.body));
                ReadError::NoAnswer(format!("status {}: {message}", answer.status))
            }
        }
    }

    /// Text of the server, without the key and harmless to show.
    fn shown(&self, message: &str) -> String {
        text::defused(&self.key.masked(message), LONGEST_MESSAGE)
    }
}

impl BundlePublisher for CloudOps {
    fn read(&mut self, namespace: &NamespaceName) -> Result<LiveNamespace, ReadError> {
        let deadline = self.deadline();
        self.namespace(namespace, deadline).map(|namespace| namespace.live)
    }

    fn publish(&mut self, intent: &Intent) -> Outcome {
        let deadline = self.deadline();
        let before = match self.namespace(intent.namespace(), deadline) {
            Ok(before) => before,
            Err(error) => return nothing_sent(error),
        };
        if before.live.holds(intent) {
            let resource_version = before.live.resource_version;
            return Outcome::Published { resource_version, proof: Proof::ReadBack };
        }
        if has_moved(&before.live, intent) {
            let reason = Reason::Conflict { found: before.live.resource_version };
            return Outcome::NotPublished { reason, retry: Retry::FreshIntent };
        }
        let body = match before.update(intent) {
            Ok(body) => body,
            Err(what) => {
                return Outcome::NotPublished { reason: Reason::WouldLose(what), retry: Retry::Never };
            }
        };
        self.update(intent, body, deadline)
    }

    fn resolve(&mut self, intent: &Intent) -> Outcome {
        let deadline = self.deadline();
        self.find_out(intent, deadline)
    }
}

impl fmt::Debug for CloudOps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { http: _, key, patience, clock: _ } = self;
        f.debug_struct("CloudOps").field("key", key).field("patience", patience).finish_non_exhaustive()
    }
}

/// Did the server say that it has taken an operation on?
#[derive(Clone, Copy)]
enum Accepted {
    Yes,
    NotThatWeKnow,
}

/// Is the Namespace at another version than the intent builds on?
fn has_moved(live: &LiveNamespace, intent: &Intent) -> bool {
    live.resource_version.as_ref() != intent.based_on()
}

fn nothing_sent(error: ReadError) -> Outcome {
    let retry = error.retry();
    Outcome::NotPublished { reason: Reason::NothingSent(error), retry }
}

fn is_path_segment(id: &str) -> bool {
    id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Two faults for each of 16 members.
const LONGEST_MESSAGE: usize = 8_000;
