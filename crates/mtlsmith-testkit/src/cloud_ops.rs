//! A stand-in for Temporal Cloud's Cloud Ops API: HTTP/1.1 on a loopback port, with the documented behaviour and faults on demand.
//!
//! It keeps one Namespace. Updates name the resource version and become asynchronous operations; an operation id that is known gives
//! the operation of that id; a bundle is refused as a whole with the texts that Temporal Cloud writes. Faults are queued for a moment
//! of the conversation and used up one by one. The server ends when its handle is dropped.

mod faults;
mod http;
mod rules;

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use crate::Certificate;
pub use faults::Fault;
pub use faults::Moment;
use http::Reply;
use http::Request;

/// The server, running.
pub struct FakeCloud {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    cloud: Mutex<Cloud>,
    stopped: AtomicBool,
}

/// What the server keeps.
struct Cloud {
    namespace: String,
    key: String,
    spec: Value,
    version: u64,
    operations: BTreeMap<String, Operation>,
    current: Option<String>,
    polls: usize,
    known: Vec<Certificate>,
    /// Judges bundles in the place of `known`.
    judge: Option<Judge>,
    /// Is told of each bundle before anybody can read it.
    watcher: Option<Watcher>,
    now: i64,
    faults: VecDeque<(Moment, Fault)>,
    /// The state before the last change.
    previous: (Value, u64),
    updates_seen: usize,
    faults_met: usize,
    effects: usize,
    log: Vec<String>,
}

type Watcher = Box<dyn Fn(&str) + Send>;

type Judge = Box<dyn Fn(&str, i64) -> Result<(), String> + Send>;

struct Operation {
    polls_left: usize,
    state: &'static str,
    reason: String,
    /// The specification that it will bring.
    spec: Value,
}

impl FakeCloud {
    /// A Namespace with this bundle and no filters, reached with this API key. `known` are the certificates that may turn up; the
    /// server refuses all others, since it reads none itself.
    pub fn start(namespace: &str, key: &str, bundle: &str, known: &[&Certificate]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let spec = json!({
            "name": namespace.split('.').next(),
            "retentionDays": 30,
            "lifecycle": {"enableDeleteProtection": true},
            "somethingNew": {"kept": [1, 2.5, "three"]},
            "mtlsAuth": {"enabled": true, "acceptedClientCa": STANDARD.encode(bundle), "alsoNew": "kept"},
        });
        let cloud = Cloud {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
            previous: (spec.clone(), 1),
            spec,
            version: 1,
            operations: BTreeMap::new(),
            current: None,
            polls: 1,
            judge: None,
            watcher: None,
            known: known.iter().map(|certificate| (*certificate).clone()).collect(),
            now: crate::NOW,
            faults: VecDeque::new(),
            updates_seen: 0,
            faults_met: 0,
            effects: 0,
            log: Vec::new(),
        };
        let shared = Arc::new(Shared { cloud: Mutex::new(cloud), stopped: AtomicBool::new(false) });
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || serve(&listener, &serving));
        FakeCloud { address, shared, thread: Some(thread) }
    }

    /// The address, as `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has bundles judged by somebody who can read any certificate: the text and the time in, the server's words against it out.
    pub fn judged_by(&self, judge: impl Fn(&str, i64) -> Result<(), String> + Send + 'static) {
        self.with(|cloud| cloud.judge = Some(Box::new(judge)));
    }

    /// Tells somebody of each bundle that becomes live, before anybody can read it.
    pub fn watched_by(&self, watcher: impl Fn(&str) + Send + 'static) {
        self.with(|cloud| cloud.watcher = Some(Box::new(watcher)));
    }

    /// Queues a fault for the next request of a moment.
    pub fn fault(&self, moment: Moment, fault: Fault) {
        self.with(|cloud| cloud.faults.push_back((moment, fault)));
    }

    /// Forgets the faults that nothing met.
    pub fn clear_faults(&self) -> usize {
        self.with(|cloud| std::mem::take(&mut cloud.faults).len())
    }

    /// After how many requests an operation is done.
    pub fn operations_take(&self, polls: usize) {
        self.with(|cloud| cloud.polls = polls);
    }

    /// Sets the clock, in Unix seconds.
    pub fn set_now(&self, now: i64) {
        self.with(|cloud| cloud.now = now);
    }

    /// Somebody else changes the Namespace: nothing that matters here, and with it the version.
    pub fn changed_by_another(&self) {
        self.with(Cloud::changed_by_another);
    }

    /// Somebody else changes what is under `mtlsAuth`.
    pub fn authentication_changed(&self, change: impl FnOnce(&mut Value)) {
        self.with(|cloud| {
            cloud.changed_by_another();
            change(&mut cloud.spec["mtlsAuth"]);
        });
    }

    /// Ends all running operations as they were meant to end.
    pub fn finish_operations(&self) {
        self.with(|cloud| {
            let running: Vec<String> = cloud.operations.keys().cloned().collect();
            for id in running {
                cloud.progress(&id, usize::MAX);
            }
        });
    }

    /// The bundle that is live.
    pub fn bundle(&self) -> String {
        self.with(|cloud| rules::bundle_of(&cloud.spec))
    }

    /// The whole specification that is live.
    pub fn spec(&self) -> Value {
        self.with(|cloud| cloud.spec.clone())
    }

    /// The resource version.
    pub fn version(&self) -> String {
        self.with(|cloud| cloud.etag())
    }

    /// How often the specification has changed through the API.
    pub fn effects(&self) -> usize {
        self.with(|cloud| cloud.effects)
    }

    /// How many of the queued faults a request has met.
    pub fn faults_met(&self) -> usize {
        self.with(|cloud| cloud.faults_met)
    }

    /// How many updates arrived, in whatever became of them.
    pub fn updates_seen(&self) -> usize {
        self.with(|cloud| cloud.updates_seen)
    }

    /// The requests, as `POST /cloud/namespaces/...`, in order.
    pub fn log(&self) -> Vec<String> {
        self.with(|cloud| cloud.log.clone())
    }

    fn with<Answer>(&self, ask: impl FnOnce(&mut Cloud) -> Answer) -> Answer {
        ask(&mut self.shared.cloud.lock().unwrap())
    }
}

impl Drop for FakeCloud {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || answer(stream, &shared));
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) {
    let Some(request) = http::read(&mut stream) else { return };
    let (reply, fault) = {
        let mut cloud = shared.cloud.lock().unwrap();
        cloud.log.push(format!("{} {}", request.method, request.path));
        let moment = cloud.moment(&request);
        let fault = cloud.take_fault(moment);
        cloud.before(&fault);
        let reply = match &fault {
            fault if faults::comes_before(fault) => None,
            Some(Fault::ShowsOldState) if request.method == "GET" && moment != Moment::Poll => {
                Some(cloud.old_namespace())
            }
            _ => Some(cloud.handle(&request)),
        };
        (reply, fault)
    };
    faults::write(&mut stream, reply, &fault, &request, &shared.stopped);
}

impl Cloud {
    fn moment(&self, request: &Request) -> Moment {
        match (request.method.as_str(), request.path.starts_with("/cloud/operations/")) {
            ("POST", _) => Moment::Update,
            (_, true) => Moment::Poll,
            _ if self.updates_seen > 0 => Moment::ReadBack,
            _ => Moment::Read,
        }
    }

    fn take_fault(&mut self, moment: Moment) -> Option<Fault> {
        if moment == Moment::Update {
            self.updates_seen += 1;
        }
        let place = self.faults.iter().position(|(when, _)| *when == moment)?;
        self.faults_met += 1;
        self.faults.remove(place).map(|(_, fault)| fault)
    }

    fn before(&mut self, fault: &Option<Fault>) {
        if matches!(fault, Some(Fault::ChangedByAnother)) {
            self.changed_by_another();
        }
        if let Some(Fault::OperationFails(reason)) = fault {
            for operation in self.operations.values_mut().filter(|operation| operation.polls_left > 0) {
                (operation.polls_left, operation.state, operation.reason) =
                    (0, "STATE_FAILED", reason.clone());
            }
        }
        if matches!(fault, Some(Fault::OperationStuck)) {
            for operation in self.operations.values_mut().filter(|operation| operation.polls_left > 0) {
                operation.polls_left = STUCK;
            }
        }
    }

    fn changed_by_another(&mut self) {
        self.previous = (self.spec.clone(), self.version);
        self.version += 1;
        self.spec["retentionDays"] = json!(self.version);
    }

    fn etag(&self) -> String {
        format!("etag-{}", self.version)
    }

    fn handle(&mut self, request: &Request) -> Reply {
        if request.header("authorization") != Some(format!("Bearer {}", self.key).as_str()) {
            return Reply::error(401, 16, "Request unauthorized.");
        }
        if request.header("temporal-cloud-api-version").is_none_or(|version| !version.starts_with('v')) {
            return Reply::error(400, 3, "missing api version");
        }
        let own = format!("/cloud/namespaces/{}", self.namespace);
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path == own => {
                self.progress_current();
                self.namespace()
            }
            ("POST", path) if path == own => self.update(&request.body),
            ("GET", path) => match path.strip_prefix("/cloud/operations/") {
                Some(id) => self.operation(id),
                None => Reply::error(404, 5, "not found"),
            },
            _ => Reply::error(405, 12, "method not allowed"),
        }
    }

    fn namespace(&self) -> Reply {
        Reply::json(json!({"namespace": {
            "namespace": self.namespace,
            "resourceVersion": self.etag(),
            "spec": self.spec,
            "state": "RESOURCE_STATE_ACTIVE",
            "asyncOperationId": self.current.clone().unwrap_or_default(),
        }}))
    }

    /// What a reader sees that lags behind.
    fn old_namespace(&mut self) -> Reply {
        let now = (self.spec.clone(), self.version);
        (self.spec, self.version) = self.previous.clone();
        let reply = self.namespace();
        (self.spec, self.version) = now;
        reply
    }

    fn update(&mut self, body: &str) -> Reply {
        let Ok(body) = serde_json::from_str::<Value>(body) else {
            return Reply::error(400, 3, "invalid JSON");
        };
        let id = body["asyncOperationId"].as_str().unwrap_or_default().to_owned();
        if let Some(operation) = self.operations.get(&id) {
            return Reply::json(json!({ "asyncOperation": operation.json(&id) }));
        }
        if body["resourceVersion"] != json!(self.etag()) {
            return Reply::error(400, 9, "resource version mismatch");
        }
        if self.operations.values().any(|operation| operation.polls_left > 0) {
            return Reply::error(409, 10, "another operation is in progress");
        }
        if body["spec"] == self.spec {
            return Reply::error(400, 3, "nothing to change");
        }
        let verdict = match &self.judge {
            Some(judge) => judge(&rules::bundle_of(&body["spec"]), self.now),
            None => rules::check(&body["spec"], &self.known, self.now),
        };
        if let Err(message) = verdict {
            return Reply::error(400, 3, &message);
        }
        let spec = body["spec"].clone();
        let operation =
            Operation { polls_left: self.polls, state: "STATE_PENDING", reason: String::new(), spec };
        let answer = json!({ "asyncOperation": operation.json(&id) });
        self.operations.insert(id.clone(), operation);
        self.current = Some(id.clone());
        if self.polls == 0 {
            self.progress(&id, 1);
        }
        Reply::json(answer)
    }

    fn operation(&mut self, id: &str) -> Reply {
        self.progress(id, 1);
        match self.operations.get(id) {
            Some(operation) => Reply::json(json!({ "asyncOperation": operation.json(id) })),
            None => Reply::error(404, 5, "operation not found"),
        }
    }

    fn progress_current(&mut self) {
        if let Some(id) = self.current.clone() {
            self.progress(&id, 1);
        }
    }

    fn progress(&mut self, id: &str, steps: usize) {
        let Some(operation) = self.operations.get_mut(id) else { return };
        let is_stuck = operation.polls_left == STUCK && steps != usize::MAX;
        if is_stuck || !matches!(operation.state, "STATE_PENDING" | "STATE_IN_PROGRESS") {
            return;
        }
        operation.polls_left = operation.polls_left.saturating_sub(steps);
        operation.state = "STATE_IN_PROGRESS";
        if operation.polls_left == 0 {
            operation.state = "STATE_FULFILLED";
            self.previous = (std::mem::replace(&mut self.spec, operation.spec.clone()), self.version);
            self.version += 1;
            self.effects += 1;
            if let Some(watcher) = &self.watcher {
                watcher(&rules::bundle_of(&self.spec));
            }
        }
    }
}

impl Operation {
    fn json(&self, id: &str) -> Value {
        json!({"id": id, "state": self.state, "failureReason": self.reason, "checkDuration": "0.001s"})
    }
}

/// As many polls as no test makes.
const STUCK: usize = usize::MAX;
