//! The rows of a list, judged all before the first is signed, then minted batch by batch.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Issuance;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Threads;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::super::leaf;
use super::super::leaf::Arguments;
use super::super::rows::List;
use super::super::rows::Row;
use super::Targets;
use super::listed::Faults;
use super::listed::Listed;
use super::listed::There;
use crate::failure::Failure;
use crate::minting::IssuingAuthority;
use crate::minting::chain_pem;
use crate::minting::keep_failure;
use crate::minting::mint_failure;
use crate::minting::mint_leaf;
use crate::minting::refusal_sentences;
use crate::parallel;
use crate::progress::Progress;
use crate::session::Session;
use crate::state::KeptLeaf;
use crate::state::issuance;

/// What all rows have in common.
pub(super) struct Work<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) list: &'a List<'a>,
    pub(super) issuing: &'a IssuingAuthority,
    pub(super) targets: &'a Targets,
    pub(super) profile: &'a Profile,
    pub(super) kind: KeyKind,
    pub(super) now: Timestamp,
}

/// A row that can be minted.
struct Wanted {
    slot: Slot,
    namespace: Option<String>,
    request: LeafRequest,
}

fn one(arguments: &Arguments, row: &Row, issuing: &IssuingAuthority) -> Result<Wanted, Failure> {
    let namespace = row.namespace.as_deref().or(arguments.namespace.as_ref().map(NamespaceName::as_str));
    if let Some(name) = namespace {
        leaf::namespace(name).map_err(Failure::could_not_run)?;
    }
    let slot = Slot::leaf(namespace, &row.name).map_err(|error| keep_failure(&error))?;
    let usual = leaf::UsualNames::of(&slot, issuing);
    let names = usual.fill(row.names(namespace, arguments.names.organization.as_deref()));
    let mut request = LeafRequest::new(names.subject()?);
    request.alternative_names = names.alternative_names()?;
    if let Some(lifetime) = row.lifetime()?.or(arguments.validity_period) {
        request.lifetime = lifetime;
    }
    Ok(Wanted { slot: slot.clone(), namespace: namespace.map(str::to_owned), request })
}

/// A minted certificate, and where to.
struct Made {
    slot: Slot,
    expected: Option<u64>,
    chain: String,
    key: Zeroizing<String>,
    issuance: Issuance,
}

impl Work<'_> {
    /// Has every row judged before the first one is signed: a list is minted whole or not begun.
    pub(super) fn judge_all(&self, session: &mut Session<'_, '_>) -> Result<Listed, Failure> {
        let stand_in = PrivateKey::generate(self.kind).map_err(|error| mint_failure(&error))?;
        let (mut listed, mut faults, mut before) = (Listed::new(), Faults::default(), 0);
        let quiet = session.is_quiet();
        let mut progress = Progress::bar(self.list.rows, "judging", quiet, session.environment);
        let judged = self.list.in_parts(JUDGED_TOGETHER, &mut |part| {
            let judge = |row: &Row| self.judge(row, &stand_in);
            let judged = parallel::in_order(&part, judge, |done| progress.update(before + done));
            before += part.len();
            for (row, judged) in part.iter().zip(judged) {
                let place = || self.list.place(row.number);
                match judged {
                    Ok(slot) => {
                        if let Some(first) = listed.add(&slot, row.number) {
                            let first = self.list.place(first);
                            faults.add(format!("{}: {slot} stands in {first} already", place()));
                        }
                    }
                    Err(Failure::Said { message, .. }) => faults.add(format!("{}: {message}", place())),
                    Err(other) => return Err(other),
                }
            }
            Ok(())
        });
        progress.finish();
        judged?;
        faults.refuse(session)?;
        Ok(listed)
    }

    fn judge(&self, row: &Row, stand_in: &PrivateKey) -> Result<Slot, Failure> {
        let wanted = one(self.arguments, row, self.issuing)?;
        let judgement = Judgement { namespace: self.target(&wanted), ..Judgement::by(self.profile) };
        let authority = &self.issuing.authority;
        Draft::leaf(&wanted.request, stand_in.public_key(), authority, self.now, &SystemRandom)
            .and_then(|draft| draft.check(&judgement))
            .map_err(|error| Failure::no(refusal_sentences(&error)))?;
        Ok(wanted.slot)
    }

    /// Mints what is not there yet, and says how many that were. While a batch waits for the disk, the next one is minted.
    pub(super) fn mint_all(
        &self,
        writer: &mut Writer<'_>,
        batch: &str,
        there: &There,
        session: &mut Session<'_, '_>,
    ) -> Result<usize, Failure> {
        let sharing = self.arguments.sharing.sharing()?;
        let total = self.list.rows - there.done.len();
        let mut progress = Progress::bar(total, "minting", session.is_quiet(), session.environment);
        let durable = AtomicUsize::new(0);
        let (batches, to_keep) = mpsc::sync_channel::<Vec<Made>>(0);
        let (freed, is_free) = mpsc::channel();
        let (minted, kept) = thread::scope(|scope| {
            let (writer, durable) = (&mut *writer, &durable);
            let keeper = scope.spawn(move || {
                let freed = || {
                    let _ = freed.send(()); // the other end is gone when minting has failed, which is told there
                };
                let threads = Threads { count: threads(), freed: &freed };
                // Both channels are dropped when this fails, which ends the minting.
                for made in to_keep {
                    keep(writer, batch, &made, sharing, threads, self.now)?;
                    durable.fetch_add(made.len(), Ordering::Relaxed);
                }
                Ok(())
            });
            let minted = self.list.in_parts(self.arguments.batch_size.get(), &mut |part| {
                let update = |_| progress.update(durable.load(Ordering::Relaxed));
                let made = parallel::in_order(&part, |row| self.mint(row, there), update);
                let made: Vec<Made> =
                    made.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
                // Until its files are written, the processors have enough to do.
                if !made.is_empty() && (batches.send(made).is_err() || is_free.recv().is_err()) {
                    return Err(Failure::could_not_run("the batch before it could not be kept"));
                }
                Ok(())
            });
            drop(batches);
            // A panic over there goes on here.
            (minted, keeper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        progress.finish();
        kept.and(minted).map(|()| durable.into_inner())
    }

    /// `None` for a row that was minted before.
    fn mint(&self, row: &Row, there: &There) -> Result<Option<Made>, Failure> {
        let wanted = one(self.arguments, row, self.issuing)?;
        if there.done.contains(&wanted.slot) {
            return Ok(None);
        }
        let expected = there.replaced.get(&wanted.slot).copied();
        let failed = |error: MintError| mint_failure(&error);
        let key = PrivateKey::generate(self.kind).map_err(failed)?;
        let (authority, target) = (&self.issuing.authority, self.target(&wanted));
        let issued = mint_leaf(&wanted.request, key.public_key(), authority, target, self.profile, self.now)
            .map_err(failed)?;
        let names = wanted.request.alternative_names.iter().map(ToString::to_string).collect();
        let above = Some((authority, self.issuing.name.as_deref()));
        let namespace = wanted.namespace.as_deref();
        let reason = if expected.is_some() { "reissue" } else { "new" };
        Ok(Some(Made {
            slot: wanted.slot,
            expected,
            chain: chain_pem(&issued, authority),
            key: key.pkcs8_pem().map_err(failed)?,
            issuance: issuance(&issued, key.public_key(), above, names, namespace, reason),
        }))
    }

    fn target(&self, wanted: &Wanted) -> Option<&TargetNamespace> {
        self.targets.get(&wanted.namespace).and_then(Option::as_ref)
    }
}

/// One durable step: all of them are in force behind it, or none.
fn keep(
    writer: &mut Writer<'_>,
    batch: &str,
    made: &[Made],
    sharing: Sharing,
    threads: Threads<'_>,
    now: Timestamp,
) -> Result<(), Failure> {
    let kept: Vec<KeptLeaf<'_>> = made
        .iter()
        .map(|made| KeptLeaf {
            slot: &made.slot,
            chain: &made.chain,
            key: Some(&made.key),
            issuance: &made.issuance,
            expected: made.expected,
            sharing,
        })
        .collect();
    let deliveries: Vec<Delivery<'_>> = kept.iter().map(KeptLeaf::delivery).collect();
    writer.issue_batch(batch, &deliveries, threads, now).map(|_| ()).map_err(|error| keep_failure(&error))
}

pub(super) fn threads() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// As many rows are judged before their places are compared with those of the others.
const JUDGED_TOGETHER: usize = 8_192;
