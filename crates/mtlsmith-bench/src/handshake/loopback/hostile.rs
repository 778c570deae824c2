//! Chains and bundles made to cost a server time: whole connections over the loopback interface, against those of a client that was let
//! in before, and the verification by itself, against that of a client that is let in for the first time.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mtlsmith_rustls::server::NamespaceVerifier;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::KeyKind;
use pki_types::CertificateDer;
use pki_types::UnixTime;
use rustls::server::danger::ClientCertVerifier;

use super::CONNECTIONS;
use super::Running;
use super::Scene;
use super::client::Caller;
use super::server::verifier;
use super::sets::KINDS;
use crate::handshake::der;
use crate::handshake::provider;
use crate::measure::Goal;
use crate::measure::judge;
use crate::measure::median;
use crate::measure::processor_time;
use crate::measure::readable;
use crate::measure::say;

/// No connection and no verification may cost more than so many normal ones.
const HOSTILE: f64 = 5.0;
/// At most; there are new clients for so many.
pub(super) const ROUNDS: usize = 5;

/// What one Namespace trusts, and who comes.
pub(super) struct Set {
    pub(super) name: String,
    /// What the CAs' keys are: the normal one has the same.
    pub(super) kind: KeyKind,
    pub(super) namespace: String,
    pub(super) bundle: Vec<Certificate>,
    /// Who is let in is known afterwards: there is a new one for each connection. Who is refused may come again.
    pub(super) leaves: Vec<Certificate>,
    /// What is presented behind the leaf.
    pub(super) above: Vec<Certificate>,
}

/// What a set costs, in shares of the normal one.
struct Cost {
    connection: f64,
    verification: f64,
    each: Duration,
    is_admitted: bool,
}

/// Prints each set and names the worst; `false` when one costs too much.
pub(super) fn run(scene: &Scene, own: Option<&Running>, rounds: usize) -> bool {
    let Some(own) = own else { return false };
    let (normal, sets) = scene.hostile.split_at(KINDS.len().min(scene.hostile.len()));
    say(
        "handshake: hostile sets, server's processor time over loopback and of the verification alone, against the normal one",
    );
    let mut worst: [(f64, &str); 2] = [(0.0, ""); 2];
    for set in sets {
        let normal = normal.iter().find(|normal| normal.kind == set.kind);
        let cost = normal.and_then(|normal| measure(scene, own, normal, set, rounds.clamp(1, ROUNDS)));
        let Some(cost) = cost else {
            say(&format!("  {}: a connection failed", set.name));
            return false;
        };
        say(&format!(
            "  {:<58} {:>8}  {:>9}  connection {:>6.3}x  verification {:>6.3}x",
            set.name,
            if cost.is_admitted { "admitted" } else { "refused" },
            readable(cost.each),
            cost.connection,
            cost.verification
        ));
        for (worst, ratio) in worst.iter_mut().zip([cost.connection, cost.verification]) {
            if ratio > worst.0 {
                *worst = (ratio, &set.name);
            }
        }
    }
    let [connection, verification] = worst;
    let met = judge(
        &format!("connection of the worst ({}) / normal", connection.1),
        connection.0,
        Goal::AtMost(HOSTILE),
    );
    met & judge(
        &format!("verification of the worst ({}) / normal", verification.1),
        verification.0,
        Goal::AtMost(HOSTILE),
    )
}

/// The normal one and the hostile one take turns.
fn measure(scene: &Scene, own: &Running, normal: &Set, set: &Set, rounds: usize) -> Option<Cost> {
    let mut callers = [normal.callers(&scene.root)?, set.callers(&scene.root)?];
    callers[0].truncate(1);
    let verifiers = [normal.verifier(), set.verifier()];
    let is_admitted = Cell::new(false);
    let mut samples: [Vec<f64>; 3] = Default::default();
    for round in 0..rounds {
        let first = round * usize::try_from(CONNECTIONS).ok()?;
        let connect = |callers: &[Caller]| {
            let next = Cell::new(first);
            own.cost(|| {
                let caller = callers.get(next.replace(next.get() + 1) % callers.len())?;
                is_admitted.set(caller.is_answered(own.tls)?);
                Some(())
            })
        };
        let [usual, hostile] = [connect(&callers[0])?, connect(&callers[1])?];
        let [normally, hostilely] = [normal.verify(&verifiers[0], first)?, set.verify(&verifiers[1], first)?];
        let ratios = [(hostile, usual), (hostilely, normally)]
            .map(|(one, other)| one.as_secs_f64() / other.as_secs_f64());
        let row = [ratios[0], ratios[1], hostile.as_secs_f64()];
        for (list, sample) in samples.iter_mut().zip(row) {
            list.push(sample);
        }
    }
    let [connection, verification, each] = samples.map(median);
    Some(Cost {
        connection,
        verification,
        each: Duration::from_secs_f64(each),
        is_admitted: is_admitted.get(),
    })
}

impl Set {
    fn callers(&self, root: &Certificate) -> Option<Vec<Caller>> {
        let name = format!("{}.tmprl.cloud", self.namespace);
        let chain = |leaf| std::iter::once(leaf).chain(&self.above).collect::<Vec<_>>();
        self.leaves.iter().map(|leaf| Caller::new(root, &name, &chain(leaf))).collect()
    }

    fn pem(&self) -> String {
        testkit::bundle(&self.bundle.iter().collect::<Vec<_>>())
    }

    fn verifier(&self) -> NamespaceVerifier {
        verifier(&self.namespace, self.pem().as_bytes(), &provider())
    }

    /// The verification by itself.
    fn verify(&self, verifier: &NamespaceVerifier, first: usize) -> Option<Duration> {
        let above: Vec<CertificateDer<'static>> = self.above.iter().map(der).collect();
        let leaves: Vec<CertificateDer<'static>> = self.leaves.iter().map(der).collect();
        let now = UnixTime::now();
        let start = processor_time();
        for leaf in leaves.iter().cycle().skip(first % leaves.len()).take(usize::try_from(CONNECTIONS).ok()?)
        {
            let _ = verifier.verify_client_cert(leaf, &above, now); // admitted or refused: both cost
        }
        Some(processor_time().saturating_sub(start) / CONNECTIONS)
    }
}

/// Where the server finds what each Namespace trusts.
pub(super) fn write_bundles(sets: &[Set], folder: &Path) -> Option<()> {
    let bundles = folder.join("bundles");
    fs::create_dir_all(&bundles).ok()?;
    for set in sets {
        fs::write(bundles.join(format!("{}.pem", set.namespace)), set.pem()).ok()?;
    }
    Some(())
}
